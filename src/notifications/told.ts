import { type Selectable, sql } from 'kysely'
import { notFound } from '../lib/errors.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceStream, advanceStreams } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { isLate, late } from './content.ts'
import type { ContentChanges } from './content-changes.ts'
import { toUpdatedWrites } from './group-changes.ts'
import type { InboxHandOff } from './hand-off.ts'
import { inboxStream } from './inbox-events.ts'
import {
  ANNOUNCEMENTS,
  type EntryKey,
  isHad,
  isOneOf,
  isUnexpiredContent,
  LAST_ANNOUNCEMENT,
  NO_FACTS,
} from './inbox-rows.ts'
import type { Removal } from './removal.ts'
import type { HeldEntry } from './walk.ts'

const NOTHING: Removal = { count: 0, writes: [] }

type ContentRow = Selectable<Tables['notifications']>

function findContent(tx: Tx, id: string, now: number): Promise<ContentRow | undefined> {
  return tx
    .selectFrom('notifications')
    .selectAll()
    .where('id', '=', id)
    .where(isUnexpiredContent(now))
    .executeTakeFirst()
}

/**
 * Changes the content of a notification, and resolves to it as it is then. Content that has all the changes already stays as it is. Throws
 * NOT_FOUND when it is unknown, was retracted or has expired, and BAD_USER_INPUT when it would have expired already.
 */
export async function changeContent(tx: Tx, id: string, changes: ContentChanges, now: number): Promise<ContentRow> {
  // Materialising and retracting hold this stream, too. So an announcement gets into an inbox either before this, or with the new content.
  await advanceStream(tx, ANNOUNCEMENTS, NO_FACTS)
  const content = await findContent(tx, id, now)
  if (!content) throw notFound(`Notification ${id}`)
  const changed = { ...content, ...changes }
  const isSame = Object.keys(changes).every((column) => changed[column as 'title'] === content[column as 'title'])
  if (isSame) return content
  if (isLate({ ...changed, created_at: now })) throw late()
  const edited = { ...changes, edited_at: Math.max(now, (content.edited_at ?? 0) + 1) }
  await tx.updateTable('notifications').set(edited).where('id', '=', id).execute()
  return { ...changed, ...edited }
}

/** An entry that is listed, or snoozed until a moment. */
interface Behind extends EntryKey {
  readonly snoozed_until: number | null
}

/** Of what was found, the entries whose devices were not told of a content that changed at `edited`. */
async function findUntold(tx: Tx, found: readonly HeldEntry[], edited: number): Promise<readonly Behind[]> {
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'snoozed_until'])
    .where(isOneOf(found))
    .where(isHad('held'))
    .where(({ eb, or }) => or([eb('edited_at', 'is', null), eb('edited_at', '<', edited)]))
    .execute()
}

/** `findUntold` for a notification that belongs to groups. Notes that the devices are told now. */
async function takeBehindMembers(
  tx: Tx,
  found: readonly HeldEntry[],
  { id, edited }: { readonly id: string; readonly edited: number },
): Promise<readonly Behind[]> {
  const users = found.map(({ user_id }) => user_id)
  const told = await tx
    .updateTable('group_members')
    .set({ edited_at: edited })
    .where('user_id', 'in', users)
    .where('notification_id', '=', id)
    .where('removed_at', 'is', null)
    .where(({ eb, or }) => or([eb('edited_at', 'is', null), eb('edited_at', '<', edited)]))
    .returning(['user_id', 'entry_id as notification_id'])
    .execute()
  if (told.length === 0) return []
  return tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'snoozed_until'])
    .where(isOneOf(told))
    .where(isHad('held'))
    .execute()
}

interface TellOfContent {
  readonly id: string
  readonly found: readonly HeldEntry[]
  readonly now: number
  readonly handOff?: InboxHandOff | undefined
}

/**
 * Tells inboxes of the content of a notification as it is now: each one moves by one revision. Those that were told of it, or no longer have
 * it, are left alone. What is urgent then waits for the end of no quiet hours. Runs as part of a transaction.
 */
export async function tellOfContent(tx: Tx, { id, found, now, handOff }: TellOfContent): Promise<Removal> {
  if (found.length === 0) return NOTHING
  const streams = found.map(({ user_id }) => inboxStream(user_id))
  // The inbox of a user who was erased meanwhile begins anew.
  await advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT)
  const content = await findContent(tx, id, now)
  if (!content || content.edited_at === null) return NOTHING
  const { edited_at: edited, expires_at: expires, group_key: group } = content
  const behind = await (group === null ? findUntold(tx, found, edited) : takeBehindMembers(tx, found, { id, edited }))
  const isShown = sql`coalesce(content_id, notification_id) = ${id}`
  const telling = {
    // A group disappears with its latest notification, and goes by when its members were told.
    expires_at: sql<number | null>`CASE WHEN ${isShown} THEN CAST(${expires} AS bigint) ELSE expires_at END`,
    ...(group === null && { edited_at: edited }),
  }
  const snoozed = behind.filter(({ snoozed_until }) => snoozed_until !== null)
  // Nobody is told of these: they arrive again with the new content.
  if (snoozed.length > 0) await tx.updateTable('inbox').set(telling).where(isOneOf(snoozed)).execute()
  const entries = behind.filter(({ snoozed_until }) => snoozed_until === null)
  if (entries.length === 0) return NOTHING
  const told = await advanceStreams(
    tx,
    entries.map(({ user_id }) => inboxStream(user_id)),
  )
  const revision = sql<number>`(SELECT revision FROM streams WHERE stream = ${inboxStream('')} || inbox.user_id)`
  await tx
    .updateTable('inbox')
    .set({ revision, content_revision: revision, ...telling })
    .where(isOneOf(entries))
    .execute()
  if (content.priority === 'URGENT') {
    await handOff?.lookAgain(
      tx,
      entries.map(({ user_id: userId, notification_id: item }) => ({ userId, item })),
    )
  }
  return { count: entries.length, writes: await toUpdatedWrites(tx, entries, told) }
}
