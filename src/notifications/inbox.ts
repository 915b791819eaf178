import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { columnsFor, parsed, type Wanted } from '../lib/wanted.ts'
import { type LaneHead, laneColumns } from '../storage/lanes.ts'
import type { Db, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import { inboxLane } from './inbox-events.ts'
import type { Notification, Priority } from './notification.ts'

/** Locks a lane without adding to it. */
export const NO_FACTS = { facts: 0, entries: 0 }

/** The lane that numbers announcements. */
export const EVERYONE = 'everyone'

type ContentColumn =
  | 'id'
  | 'type'
  | 'category'
  | 'title'
  | 'body'
  | 'data'
  | 'actor'
  | 'action_url'
  | 'image_url'
  | 'priority'
  | 'created_at'
type EntryColumn = 'position' | 'revision' | 'seen_at' | 'read_at' | 'archived_at' | 'expires_at'
type InboxColumn = `notifications.${ContentColumn}` | `inbox.${EntryColumn}`

/** What a notification in an inbox is made of. */
export type InboxRow = Pick<Selectable<Tables['notifications']>, ContentColumn> &
  Pick<Selectable<Tables['inbox']>, EntryColumn>

/** What the fields of a notification are made of, beside its place. */
const MADE_OF: Readonly<Record<Exclude<keyof Notification, 'position'>, readonly InboxColumn[]>> = {
  id: ['notifications.id'],
  type: ['notifications.type'],
  category: ['notifications.category'],
  title: ['notifications.title'],
  body: ['notifications.body'],
  data: ['notifications.data'],
  actor: ['notifications.actor'],
  actionUrl: ['notifications.action_url'],
  imageUrl: ['notifications.image_url'],
  priority: ['notifications.priority'],
  createdAt: ['notifications.created_at'],
  seenAt: ['inbox.seen_at'],
  readAt: ['inbox.read_at'],
  archivedAt: ['inbox.archived_at'],
  expiresAt: ['inbox.expires_at'],
  revision: ['inbox.revision'],
}

/** The notification in a row; fields whose columns were not read are undefined. */
export const toNotification = (row: InboxRow): Notification => ({
  id: row.id,
  type: row.type,
  category: row.category,
  title: row.title,
  body: row.body,
  data: parsed(row.data),
  actor: parsed(row.actor),
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

/** The columns for the wanted fields of notifications. */
export const inboxColumns = (wanted: Wanted): readonly InboxColumn[] => columnsFor(wanted, MADE_OF, ['inbox.position'])

/** What a user finds in the inbox, in no order: neither removed nor expired. */
export const fromInbox = (db: Db, userId: string, now: number) =>
  db
    .selectFrom('inbox')
    .innerJoin('notifications', 'notifications.id', 'inbox.notification_id')
    .where('inbox.user_id', '=', userId)
    .where('inbox.removed_at', 'is', null)
    .where(isUnexpired(now))

/** The same, of each what is wanted. */
export const selectInbox = (tx: Tx, userId: string, now: number, wanted?: Wanted) =>
  fromInbox(tx, userId, now).select(inboxColumns(wanted))

/** The number of the last announcement, 0 when there was none: an inbox that begins now begins behind it. */
export const LAST_ANNOUNCEMENT = sql<number>`COALESCE((SELECT revision FROM lanes WHERE lane = ${EVERYONE}), 0)`

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
