import { type Selectable, sql } from 'kysely'
import { notFound } from '../lib/errors.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceStream, advanceStreams } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { isLate, late } from './content.ts'
import type { ContentChanges } from './content-changes.ts'
import { type InboxWrite, inboxStream } from './inbox-events.ts'
import {
  ANNOUNCEMENTS,
  type EntryKey,
  INBOX_COLUMNS,
  isHad,
  isOneOf,
  isUnexpiredContent,
  LAST_ANNOUNCEMENT,
  NO_FACTS,
  toNotification,
} from './inbox-rows.ts'
import type { Removal } from './removal.ts'

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

/**
 * Tells inboxes of the content of a notification as it is now: each one moves by one revision. Those that were told of it, or no longer have
 * it, are left alone. Runs as part of a transaction.
 */
export async function tellOfContent(tx: Tx, id: string, found: readonly EntryKey[], now: number): Promise<Removal> {
  if (found.length === 0) return NOTHING
  const streams = found.map(({ user_id }) => inboxStream(user_id))
  // The inbox of a user who was erased meanwhile begins anew.
  await advanceStreams(tx, streams, NO_FACTS, LAST_ANNOUNCEMENT)
  const content = await findContent(tx, id, now)
  if (!content || content.edited_at === null) return NOTHING
  const { edited_at: edited, expires_at: expires } = content
  const lacking = await tx
    .selectFrom('inbox')
    .select(['user_id', 'notification_id', 'snoozed_until'])
    .where(isOneOf(found))
    .where(isHad('held'))
    .where(({ eb, or }) => or([eb('edited_at', 'is', null), eb('edited_at', '<', edited)]))
    .execute()
  const snoozed = lacking.filter(({ snoozed_until }) => snoozed_until !== null)
  const entries = lacking.filter(({ snoozed_until }) => snoozed_until === null)
  // Nobody is told of these: they arrive again with the new content.
  if (snoozed.length > 0) {
    const telling = { edited_at: edited, expires_at: expires }
    await tx.updateTable('inbox').set(telling).where(isOneOf(snoozed)).execute()
  }
  if (entries.length === 0) return NOTHING
  const told = await advanceStreams(
    tx,
    entries.map(({ user_id }) => inboxStream(user_id)),
  )
  const revision = sql<number>`(SELECT revision FROM streams WHERE stream = ${inboxStream('')} || inbox.user_id)`
  await tx
    .updateTable('inbox')
    .set({ revision, content_revision: revision, edited_at: edited, expires_at: expires })
    .where(isOneOf(entries))
    .execute()
  const rows = await tx
    .selectFrom('inbox')
    .select(['user_id', ...INBOX_COLUMNS])
    .where(isOneOf(entries))
    .execute()
  const writes = rows.flatMap((row): InboxWrite[] => {
    const stream = told.get(inboxStream(row.user_id))
    if (!stream) return []
    const notification = toNotification({ ...content, ...row })
    const fact = { kind: 'updated', revision: stream.revision, notification } as const
    return [{ userId: row.user_id, stream, previous: stream.revision - 1, facts: [fact] }]
  })
  return { count: writes.length, writes }
}
