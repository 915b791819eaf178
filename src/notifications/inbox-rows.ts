import { type ExpressionBuilder, type Selectable, sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { columnsFor, notRead, parsed, type Wanted } from '../lib/wanted.ts'
import {
  OPTIONAL_FIELDS,
  type OptionalColumn,
  type OptionalField,
  toOptionalValues,
} from '../storage/notification-fields.ts'
import type { Db, Tx } from '../storage/storage.ts'
import type { Tables } from '../storage/tables.ts'
import type { Content } from './content.ts'
import { NO_ACTORS, namedActors, readActors, toGroup } from './group-actors.ts'
import type { InboxWrite } from './inbox-events.ts'
import type { Actors, Notification, Priority } from './notification.ts'

/** Advances a stream by nothing, which only locks it. */
export const NO_FACTS = { facts: 0, entries: 0 }

/** The stream that numbers announcements: its revision is the number of the last one. */
export const ANNOUNCEMENTS = 'everyone'

/** The columns of which the optional fields of a notification are made. */
const OPTIONAL = Object.fromEntries(
  Object.entries(OPTIONAL_FIELDS).map(([field, { column }]) => [field, [`notifications.${column}`]]),
) as unknown as { readonly [Field in OptionalField]: readonly [`notifications.${OptionalColumn<Field>}`] }

/** The columns of which each field of a notification is made, beside its `arrivedRevision`. */
const MADE_OF = {
  id: ['inbox.notification_id'],
  type: ['notifications.type'],
  category: ['notifications.category'],
  title: ['notifications.title'],
  body: ['notifications.body'],
  data: ['notifications.data'],
  actor: ['notifications.actor'],
  ...OPTIONAL,
  priority: ['notifications.priority'],
  createdAt: ['notifications.created_at', 'inbox.first_at'],
  seenAt: ['inbox.seen_at'],
  readAt: ['inbox.read_at'],
  archivedAt: ['inbox.archived_at'],
  // Not the time in the content, which changes when it is retracted.
  expiresAt: ['inbox.expires_at'],
  editedAt: ['notifications.edited_at'],
  snoozedUntil: ['inbox.snoozed_until'],
  isMuted: ['inbox.muted'],
  group: ['inbox.group_key', 'inbox.group_count', 'inbox.group_actors', 'notifications.created_at'],
  revision: ['inbox.revision'],
} as const satisfies Readonly<Record<Exclude<keyof Notification, 'arrivedRevision'>, readonly string[]>>

type InboxColumn = (typeof MADE_OF)[keyof typeof MADE_OF][number] | 'inbox.arrived_revision'
type ColumnOf<Table extends 'inbox' | 'notifications'> = InboxColumn extends infer Column
  ? Column extends `${Table}.${infer Name}`
    ? Name & keyof Tables[Table]
    : never
  : never

/** The columns of which a notification in an inbox is made. */
type InboxRow = Pick<Selectable<Tables['notifications']>, ColumnOf<'notifications'>> &
  Pick<Selectable<Tables['inbox']>, ColumnOf<'inbox'>>

/** The columns of `inbox` of which notifications are made. The others are their content. */
export const INBOX_COLUMNS = (Object.values(MADE_OF) as readonly (readonly string[])[])
  .flat()
  .concat('inbox.arrived_revision')
  .filter((column) => column.startsWith('inbox.')) as readonly `inbox.${ColumnOf<'inbox'>}`[]

/** Rows of one statement: so few that it never holds up the process. */
const ROWS_PER_STATEMENT = 1_000

/** Makes notifications of rows, with the actors of their groups. */
export async function toNotifications(tx: Tx, rows: readonly InboxRow[]): Promise<readonly Notification[]> {
  const named = namedActors(rows)
  const actors = named.length === 0 ? NO_ACTORS : await readActors(tx, named)
  return rows.map((row) => toNotification(row, actors))
}

/** Makes a notification of a row. Fields whose columns were not read are undefined. */
export function toNotification(row: InboxRow, actors: Actors = NO_ACTORS): Notification {
  return {
    id: row.notification_id,
    type: row.type,
    category: row.category,
    title: row.title,
    body: row.body,
    data: parsed(row.data),
    actor: parsed(row.actor),
    ...toOptionalValues(row),
    priority: row.priority as Priority,
    createdAt: row.first_at ?? row.created_at,
    seenAt: row.seen_at,
    readAt: row.read_at,
    archivedAt: row.archived_at,
    expiresAt: row.expires_at,
    editedAt: row.edited_at,
    snoozedUntil: row.snoozed_until,
    isMuted: row.muted === undefined ? notRead() : row.muted !== null,
    group: toGroup(row, actors),
    revision: row.revision,
    arrivedRevision: row.arrived_revision,
  }
}

/** The columns of a row of which nothing is marked. */
export const UNMARKED = { seen_at: null, read_at: null, archived_at: null, snoozed_until: null, muted: null } as const
const ALONE = { group_key: null, group_count: null, group_actors: null, first_at: null } as const

/** Makes an unmarked notification of its content, which belongs to no group. Its revisions are 0; each inbox that it reaches gives it others. */
export function toUnmarked(content: Content): Notification {
  return toNotification({
    ...content,
    ...UNMARKED,
    ...ALONE,
    notification_id: content.id,
    revision: 0,
    arrived_revision: 0,
  })
}

function toRow(userId: string, { id, arrivedRevision, category, expiresAt, editedAt, isMuted }: Notification) {
  return {
    user_id: userId,
    notification_id: id,
    arrived_revision: arrivedRevision,
    revision: arrivedRevision,
    category,
    expires_at: expiresAt,
    // Only where they are needed, since each is one more value of each row.
    ...(editedAt === null ? {} : { edited_at: editedAt }),
    ...(isMuted ? { muted: 1 } : {}),
  }
}

/** Inserts the notifications that writes added into the inboxes, unmarked. Those of groups are left out. */
export function insertAdded(tx: Tx, writes: readonly InboxWrite[]): Promise<void> {
  const rows = writes.flatMap(({ userId, facts }) =>
    facts.flatMap((fact) =>
      fact.kind === 'added' && fact.notification.group === null ? toRow(userId, fact.notification) : [],
    ),
  )
  return inTurns(rows, ROWS_PER_STATEMENT, async (some) => {
    await tx.insertInto('inbox').values(some).execute()
  })
}

/** Selects rows of the inbox that have not expired. */
function isUnexpired(now: number) {
  return (eb: ExpressionBuilder<Tables, 'inbox'>) =>
    eb.or([eb('inbox.expires_at', 'is', null), eb('inbox.expires_at', '>', now)])
}

/** Selects content that has not expired. */
export function isUnexpiredContent(now: number) {
  return (eb: ExpressionBuilder<Tables, 'notifications'>) =>
    eb.or([eb('notifications.expires_at', 'is', null), eb('notifications.expires_at', '>', now)])
}

/** The columns that are read for the wanted fields of notifications. */
export function inboxColumns(wanted: Wanted): readonly InboxColumn[] {
  return columnsFor<InboxColumn>(wanted, MADE_OF, ['inbox.arrived_revision'])
}

/** What a user has: what is `listed` in the inbox, what is `snoozed`, or both, which is `held`. */
export type Had = 'listed' | 'snoozed' | 'held'

/** Selects what users have: rows that were not removed, or only until later. */
export function isHad(which: Had) {
  return ({ eb, or }: ExpressionBuilder<Tables, 'inbox'>) => {
    const isListed = eb('inbox.removed_at', 'is', null)
    const isSnoozed = eb('inbox.snoozed_until', 'is not', null)
    if (which === 'held') return or([isListed, isSnoozed])
    return which === 'listed' ? isListed : isSnoozed
  }
}

/** SQL for the notification whose content a row of `inbox` shows. */
export const SHOWN = sql<string>`coalesce(inbox.content_id, inbox.notification_id)`

/** Selects all that a user has, in no order: what is neither removed nor expired, and listed unless `which` says otherwise. */
export function fromInbox(db: Db, userId: string, now: number, which: Had = 'listed') {
  return db
    .selectFrom('inbox')
    .innerJoin('notifications', (join) => join.on('notifications.id', '=', SHOWN))
    .where('inbox.user_id', '=', userId)
    .where(isHad(which))
    .where(isUnexpired(now))
}

/** Whose inbox is read, as of when, and which fields. */
export interface InboxReading {
  readonly userId: string
  readonly now: number
  readonly wanted: Wanted | undefined
}

/** Reads the named notifications that a user has, the archived and the snoozed ones too, by their ids. */
export async function readByIds(
  tx: Tx,
  { userId, now, wanted }: InboxReading,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Notification>> {
  const columns = wanted && new Set([...wanted, 'id'])
  const rows = await fromInbox(tx, userId, now, 'held')
    .select(inboxColumns(columns))
    .where('inbox.notification_id', 'in', ids)
    .execute()
  const found = await toNotifications(tx, rows)
  return new Map(found.map((notification) => [notification.id, notification]))
}

/** SQL for the number of the last announcement, 0 when there was none. An inbox that begins now begins behind it. */
export const LAST_ANNOUNCEMENT = sql<number>`COALESCE((SELECT revision FROM streams WHERE stream = ${ANNOUNCEMENTS}), 0)`

/** Names one notification in one inbox. */
export interface EntryKey {
  readonly user_id: string
  readonly notification_id: string
}

function toTuple({ user_id, notification_id }: EntryKey) {
  return sql`(${user_id}, ${notification_id})`
}

/** Selects rows that are one of these. It is written with VALUES, which both databases understand and look up by the primary key. */
export function isOneOf(keys: readonly EntryKey[]) {
  return sql<boolean>`(user_id, notification_id) IN (VALUES ${sql.join(keys.map(toTuple))})`
}

/** The revisions of an inbox behind `after`, and up to `upTo`. A notification has the place of the revision that added it. */
export interface Range {
  readonly after: number
  readonly upTo: number
}
