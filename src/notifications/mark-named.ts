import { type Selectable, sql } from 'kysely'
import { notFound } from '../lib/errors.ts'
import { type WantedPage, wants } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'
import { advanceStream, type StreamState } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import { findEntries } from './group-arrivals.ts'
import { type InboxFact, inboxStream, markedFacts } from './inbox-events.ts'
import { readByIds } from './inbox-rows.ts'
import type { Mark, Notification, UnreadCount } from './notification.ts'

/** The result of a command that marks notifications. */
export interface Marked {
  /** How many notifications changed. */
  readonly changed: number
  /** The bound that `markAll` used; null for other commands. */
  readonly upToRevision: number | null
  /** The named notifications as they are now, in the order of the ids. Of `markAll`: the newest 100 that changed. */
  readonly notifications: readonly Notification[]
  readonly unread: UnreadCount
  /** The cursor of the inbox after the mark. */
  readonly cursor: string
}

/** A command under way that marks notifications of one inbox, whose stream is locked. */
export interface Marking {
  readonly tx: Tx
  readonly userId: string
  readonly stream: StreamState
  readonly now: number
}

/** What a command that marks did. `facts` is empty when it changed nothing. */
export interface MarkOutcome extends Pick<Marked, 'changed' | 'upToRevision' | 'notifications'> {
  readonly stream: StreamState
  readonly facts: readonly InboxFact[]
}

/** How a mark is stored in a row of the inbox. */
interface Rule {
  /** The column in which the mark is stored. */
  readonly column: 'seen_at' | 'read_at' | 'archived_at'
  /** Whether the mark sets the time in its column. Otherwise it clears it. */
  readonly isSet: boolean
}

const RULES: Readonly<Record<Mark, Rule>> = {
  SEEN: { column: 'seen_at', isSet: true },
  READ: { column: 'read_at', isSet: true },
  UNREAD: { column: 'read_at', isSet: false },
  ARCHIVED: { column: 'archived_at', isSet: true },
  UNARCHIVED: { column: 'archived_at', isSet: false },
}

/** The columns of a row in which its marks are stored. */
type MarkColumns = Pick<Selectable<Tables['inbox']>, Rule['column']>

/** Whether the mark would change the row. Marking twice changes nothing. */
function isChanging(mark: Mark, row: MarkColumns): boolean {
  const { column, isSet } = RULES[mark]
  return (row[column] === null) === isSet
}

/** The columns that mark a notification as seen because it was read, from the same revision on. One that was seen before stays as it is. */
function seenToo(at: number, revision: number) {
  return {
    seen_at: sql<number>`coalesce(seen_at, ${at})`,
    seen_revision: sql<number>`CASE WHEN seen_at IS NULL THEN ${revision} ELSE seen_revision END`,
  }
}

/** The columns that a mark writes to a row that it changes. */
function toColumns(mark: Mark, at: number, revision: number) {
  switch (mark) {
    case 'SEEN':
      return { revision, seen_at: at, seen_revision: revision }
    case 'READ':
      return { revision, read_at: at, read_revision: revision, ...seenToo(at, revision) }
    case 'UNREAD':
      return { revision, read_at: null, read_revision: revision }
    case 'ARCHIVED':
      return { revision, archived_at: at, archived_revision: revision }
    case 'UNARCHIVED':
      return { revision, archived_at: null, archived_revision: revision }
  }
}

/** What is named by ids: the ids of entries without duplicates, and those that the mark changes. */
interface Named {
  readonly ids: readonly string[]
  readonly changing: readonly string[]
}

function readMarkable({ tx, userId }: Marking, ids: readonly string[]) {
  return tx
    .selectFrom('inbox')
    .select(['notification_id', 'seen_at', 'read_at', 'archived_at', 'removed_at', 'expires_at'])
    .where('user_id', '=', userId)
    .where('notification_id', 'in', ids)
    .execute()
}

/**
 * Finds which entries are named, and which of them the mark changes. The id of a notification of a group means its entry. Throws NOT_FOUND
 * when one is not in the user's inbox.
 */
async function findNamed(marking: Marking, mark: Mark, ids: readonly string[]): Promise<Named> {
  const { tx, userId, now } = marking
  const rows = await readMarkable(marking, ids)
  const byId = new Map(rows.map((row) => [row.notification_id, row]))
  const others = ids.filter((id) => !byId.has(id))
  const entries: ReadonlyMap<string, string> = others.length === 0 ? new Map() : await findEntries(tx, userId, others)
  if (entries.size > 0) {
    for (const row of await readMarkable(marking, [...new Set(entries.values())])) byId.set(row.notification_id, row)
  }
  const named = [...new Set(ids.map((id) => entries.get(id) ?? id))]
  const changing = named.filter((id) => {
    const row = byId.get(id)
    if (!row) throw notFound(`Notification ${id}`)
    const isGone = row.removed_at !== null || (row.expires_at !== null && row.expires_at <= now)
    return !isGone && isChanging(mark, row)
  })
  return { ids: named, changing }
}

/** Reads the named notifications that the user has, as they are now, in the order of the ids; none unless they are wanted. */
export async function readNamed(
  { tx, userId, now }: Marking,
  ids: readonly string[],
  { page, entries }: WantedPage,
): Promise<readonly Notification[]> {
  if (!wants(page, 'notifications')) return []
  const byId = await readByIds(tx, { userId, now, wanted: entries }, ids)
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Marks named notifications. Those that were retracted or have expired are passed over. Throws NOT_FOUND when an id is not the user's. */
export async function markNamed(
  marking: Marking,
  { mark, ids, wanted }: { readonly mark: Mark; readonly ids: readonly string[]; readonly wanted: WantedPage },
): Promise<MarkOutcome> {
  const { tx, userId, now } = marking
  const { ids: entries, changing } = await findNamed(marking, mark, ids)
  const stream = changing.length > 0 ? await advanceStream(tx, inboxStream(userId)) : marking.stream
  if (changing.length > 0) {
    await tx
      .updateTable('inbox')
      .set(toColumns(mark, now, stream.revision))
      .where('user_id', '=', userId)
      .where('notification_id', 'in', changing)
      .execute()
  }
  const facts = markedFacts(stream.revision, mark, changing, now)
  const notifications = await readNamed(marking, entries, wanted)
  return { changed: changing.length, stream, facts, upToRevision: null, notifications }
}
