import type { ExpressionBuilder, Selectable } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { type LaneHead, laneColumns } from '../storage/lanes.ts'
import type { Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { inboxLane } from './inbox-events.ts'
import type { Notification, Priority } from './notification.ts'

/** Locks a lane without adding to it. */
export const NO_FACTS = { facts: 0, entries: 0 }

/** The lane that numbers announcements. */
export const EVERYONE = 'everyone'

const CONTENT = [
  'notifications.id',
  'notifications.type',
  'notifications.category',
  'notifications.title',
  'notifications.body',
  'notifications.data',
  'notifications.actor',
  'notifications.action_url',
  'notifications.image_url',
  'notifications.priority',
  'notifications.created_at',
] as const

const ENTRY = [
  'inbox.position',
  'inbox.revision',
  'inbox.seen_at',
  'inbox.read_at',
  'inbox.archived_at',
  'inbox.expires_at',
] as const

type ContentColumn = 'id' | 'type' | 'category' | 'title' | 'body' | 'data' | 'actor' | 'action_url' | 'image_url'
type EntryColumn = 'position' | 'revision' | 'seen_at' | 'read_at' | 'archived_at' | 'expires_at'

/** What a notification in an inbox is made of. */
export type InboxRow = Pick<Selectable<Tables['notifications']>, ContentColumn | 'priority' | 'created_at'> &
  Pick<Selectable<Tables['inbox']>, EntryColumn>

/** The notification in a row. */
export const toNotification = (row: InboxRow): Notification => ({
  id: row.id,
  type: row.type,
  category: row.category,
  title: row.title,
  body: row.body,
  data: row.data === null ? null : JSON.parse(row.data),
  actor: row.actor === null ? null : JSON.parse(row.actor),
  actionUrl: row.action_url,
  imageUrl: row.image_url,
  priority: row.priority as Priority,
  createdAt: row.created_at,
  seenAt: row.seen_at,
  readAt: row.read_at,
  archivedAt: row.archived_at,
  expiresAt: row.expires_at,
  revision: row.revision,
  position: row.position,
})

/** The content of a notification, as it is stored. */
export type ContentRow = Omit<InboxRow, 'position' | 'revision' | 'seen_at' | 'read_at' | 'archived_at'>

/** A notification as it arrives; its revision and position are those of the inbox which it reaches. */
export const toUnmarked = (content: ContentRow): Notification =>
  toNotification({ ...content, seen_at: null, read_at: null, archived_at: null, revision: 0, position: 0 })

/** Rows of one INSERT; small enough that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** A notification to put in an inbox, at the revision to which the lane has advanced for it. */
interface NewEntry {
  readonly userId: string
  readonly position: number
  readonly content: Pick<ContentRow, 'id' | 'category' | 'expires_at'>
}

/** Puts notifications in inboxes, unmarked. */
export const insertEntries = (tx: Tx, entries: readonly NewEntry[]): Promise<void> =>
  inTurns(entries, ROWS_PER_STATEMENT, async (some) => {
    const rows = some.map(({ userId, position, content: { id, category, expires_at } }) => ({
      user_id: userId,
      notification_id: id,
      position,
      revision: position,
      category,
      expires_at,
    }))
    await tx.insertInto('inbox').values(rows).execute()
  })

/** Rows of the inbox whose notification has not expired. */
export const isUnexpired = (now: number) => (eb: ExpressionBuilder<Tables, 'inbox'>) =>
  eb.or([eb('inbox.expires_at', 'is', null), eb('inbox.expires_at', '>', now)])

/** Content that has not expired. */
export const isUnexpiredContent = (now: number) => (eb: ExpressionBuilder<Tables, 'notifications'>) =>
  eb.or([eb('notifications.expires_at', 'is', null), eb('notifications.expires_at', '>', now)])

/** What a user finds in the inbox, in no order: neither removed nor expired. */
export const selectInbox = (tx: Tx, userId: string, now: number) =>
  tx
    .selectFrom('inbox')
    .innerJoin('notifications', 'notifications.id', 'inbox.notification_id')
    .where('inbox.user_id', '=', userId)
    .where('inbox.removed_at', 'is', null)
    .where(isUnexpired(now))
    .select([...CONTENT, ...ENTRY])

/** The number of the last announcement, 0 when there was none: an inbox that begins now begins behind it. */
export async function readLastAnnouncement(tx: Tx): Promise<number> {
  const everyone = await tx.selectFrom('lanes').select('revision').where('lane', '=', EVERYONE).executeTakeFirst()
  return everyone?.revision ?? 0
}

/** The lane of an inbox that has taken in every announcement; undefined when it has not, or was never opened. */
export const readCurrentLane = async (tx: Tx, userId: string): Promise<LaneHead | undefined> => {
  const rows = await tx
    .selectFrom('lanes')
    .select('lane')
    .select(laneColumns)
    .where('lane', 'in', [EVERYONE, inboxLane(userId)])
    .execute()
  const announced = rows.find(({ lane }) => lane === EVERYONE)?.revision ?? 0
  const own = rows.find(({ lane }) => lane !== EVERYONE)
  return own && own.announced >= announced ? own : undefined
}
