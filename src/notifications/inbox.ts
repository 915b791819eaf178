import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { columnsFor, parsed, type Wanted } from '../lib/wanted.ts'
import { type LaneHead, laneColumns } from '../storage/lanes.ts'
import {
  OPTIONAL_FIELDS,
  type OptionalColumn,
  type OptionalField,
  toOptionalValues,
} from '../storage/notification-fields.ts'
import type { Db, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import type { Content } from './content.ts'
import { inboxLane } from './inbox-events.ts'
import type { Notification, Priority } from './notification.ts'

/** Locks a lane without adding to it. */
export const NO_FACTS = { facts: 0, entries: 0 }

/** The lane that numbers announcements. */
export const EVERYONE = 'everyone'

/** What the optional fields of a notification are made of. */
const OPTIONAL = Object.fromEntries(
  Object.entries(OPTIONAL_FIELDS).map(([field, { column }]) => [field, [`notifications.${column}`]]),
) as unknown as { readonly [Field in OptionalField]: readonly [`notifications.${OptionalColumn<Field>}`] }

/** What the fields of a notification are made of, beside its place. */
const MADE_OF = {
  id: ['notifications.id'],
  type: ['notifications.type'],
  category: ['notifications.category'],
  title: ['notifications.title'],
  body: ['notifications.body'],
  data: ['notifications.data'],
  actor: ['notifications.actor'],
  ...OPTIONAL,
  priority: ['notifications.priority'],
  createdAt: ['notifications.created_at'],
  seenAt: ['inbox.seen_at'],
  readAt: ['inbox.read_at'],
  archivedAt: ['inbox.archived_at'],
  // Not of the content: that expires when it is retracted.
  expiresAt: ['inbox.expires_at'],
  revision: ['inbox.revision'],
} as const satisfies Readonly<Record<Exclude<keyof Notification, 'position'>, readonly string[]>>

type InboxColumn = (typeof MADE_OF)[keyof typeof MADE_OF][number] | 'inbox.position'
type ColumnOf<Table extends 'inbox' | 'notifications'> = InboxColumn extends infer Column
  ? Column extends `${Table}.${infer Name}`
    ? Name & keyof Tables[Table]
    : never
  : never

/** What a notification in an inbox is made of. */
export type InboxRow = Pick<Selectable<Tables['notifications']>, ColumnOf<'notifications'>> &
  Pick<Selectable<Tables['inbox']>, ColumnOf<'inbox'>>

/** The notification in a row; fields whose columns were not read are undefined. */
export function toNotification(row: InboxRow): Notification {
  return {
    id: row.id,
    type: row.type,
    category: row.category,
    title: row.title,
    body: row.body,
    data: parsed(row.data),
    actor: parsed(row.actor),
    ...toOptionalValues(row),
    priority: row.priority as Priority,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    readAt: row.read_at,
    archivedAt: row.archived_at,
    expiresAt: row.expires_at,
    revision: row.revision,
    position: row.position,
  }
}

/** A notification as it arrives; its revision and position are those of the inbox which it reaches. */
export function toUnmarked(content: Content): Notification {
  return toNotification({ ...content, seen_at: null, read_at: null, archived_at: null, revision: 0, position: 0 })
}

/** Rows of one INSERT; small enough that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** A notification to put in an inbox, at the revision to which the lane has advanced for it. */
interface NewEntry {
  readonly userId: string
  readonly position: number
  readonly content: Pick<Content, 'id' | 'category' | 'expires_at'>
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
export const inboxColumns = (wanted: Wanted): readonly InboxColumn[] =>
  columnsFor<InboxColumn>(wanted, MADE_OF, ['inbox.position'])

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
