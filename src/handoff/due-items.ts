import { type Nullable, type Selectable, sql } from 'kysely'
import { chunksOf, inTurns } from '../lib/chunks.ts'
import type { HandOffRule, HandOffUnless } from '../lib/hand-off-rule.ts'
import type { QuietHours, Weekday } from '../lib/quiet-hours.ts'
import type { HandOffsTable } from '../storage/handoff-tables.ts'
import type { QuietHoursTable } from '../storage/preference-tables.ts'
import type { Db, Tx } from '../storage/storage.ts'

/** What an item is: a notification in an inbox, or a ticket. */
export type ItemKind = 'inbox' | 'ticket'

/** An item of a user: a notification, or a ticket with unread messages. */
export interface Item {
  readonly userId: string
  /** The id of the notification or ticket. */
  readonly item: string
}

/** An item that is to be handed off by a rule. */
export interface Scheduled extends Item {
  readonly rule: HandOffRule
}

/** An item, and of which kind it is: the key of its row. */
interface NamedItem extends Item {
  readonly kind: ItemKind
}

/** An item with its rule, as it is stored. */
export interface DueItem extends NamedItem {
  readonly dueAt: number
  readonly windowMs: number
  readonly unless: readonly HandOffUnless[]
  /** The quiet hours of the user. Left out: there are none, or they were not read. */
  readonly quietHours?: QuietHours | undefined
}

const ROWS_PER_STATEMENT = 1_000

/**
 * SQL for a column of the item that is due earlier: the one that waits, or the new one. One that waits for the end of quiet hours was due
 * before.
 */
function earlierOf<Column extends 'window_ms' | 'unless'>(column: Column) {
  const [waiting, added] = [sql.ref(`hand_offs.${column}`), sql.ref(`excluded.${column}`)]
  const wasDue = sql`coalesce(hand_offs.held_since, hand_offs.due_at)`
  return sql<HandOffsTable[Column]>`CASE WHEN excluded.due_at < ${wasDue} THEN ${added} ELSE ${waiting} END`
}

/** What becomes of an item that is waiting when it is stored again. In quiet hours it is looked at again, since it may be urgent now. */
const EARLIER = {
  due_at: sql<number>`CASE WHEN excluded.due_at < hand_offs.due_at THEN excluded.due_at ELSE hand_offs.due_at END`,
  window_ms: earlierOf('window_ms'),
  unless: earlierOf('unless'),
}

/**
 * Stores when items are due, in the transaction that stores them. An item that is waiting already keeps its time and rule unless the new
 * ones are earlier, so that a window ends although more is said. Its row is locked all the same: whoever takes it waits, and then finds what
 * this transaction has stored.
 */
export function schedule(tx: Tx, kind: ItemKind, items: readonly Scheduled[], now: number): Promise<void> {
  const rows = items
    .map(({ userId, item, rule }) => ({
      user_id: userId,
      kind,
      item,
      due_at: now + rule.afterMs,
      window_ms: rule.afterMs,
      unless: rule.unless.join(','),
    }))
    // In one order, so that two writers of several rows cannot wait for each other.
    .sort((one, other) => (one.user_id < other.user_id ? -1 : 1))
  return inTurns(rows, ROWS_PER_STATEMENT, async (some) => {
    await tx
      .insertInto('hand_offs')
      .values(some)
      .onConflict((conflict) => conflict.columns(['user_id', 'kind', 'item']).doUpdateSet(EARLIER))
      .execute()
  })
}

/** Selects the columns of which a `DueItem` is made. */
function selectItems(db: Db) {
  return db
    .selectFrom('hand_offs')
    .leftJoin('quiet_hours as quiet', 'quiet.user_id', 'hand_offs.user_id')
    .select(['hand_offs.user_id', 'kind', 'item', 'due_at', 'window_ms', 'unless'])
    .select(['quiet.begins', 'quiet.ends', 'quiet.time_zone', 'quiet.days'])
}

type Row = Selectable<Omit<HandOffsTable, 'held_since'>>
type RowWithHours = Row & Nullable<Omit<QuietHoursTable, 'user_id'>>

function toDueItem({ user_id, kind, item, due_at, window_ms, unless }: Row): DueItem {
  return {
    userId: user_id,
    kind: kind as ItemKind,
    item,
    dueAt: due_at,
    windowMs: window_ms,
    unless: unless.split(',') as HandOffUnless[],
  }
}

function withHours({ begins: from, ends: to, time_zone: timeZone, days, ...row }: RowWithHours): DueItem {
  const item = toDueItem(row)
  if (from === null || to === null || timeZone === null || days === null) return item
  return { ...item, quietHours: { from, to, timeZone, days: days.split(',') as Weekday[] } }
}

/** Finds items that are due, at most `max`, the longest due first. */
export async function findDue(db: Db, now: number, max: number): Promise<readonly DueItem[]> {
  return (await selectItems(db).where('due_at', '<=', now).orderBy('due_at').limit(max).execute()).map(withHours)
}

/** Finds what in the inboxes of users is due up to a time, at most `max`, in the order of users. */
export async function findInInboxes(
  db: Db,
  userIds: readonly string[],
  { upTo, max }: { readonly upTo: number; readonly max: number },
): Promise<readonly DueItem[]> {
  const rows = await selectItems(db)
    .where('hand_offs.user_id', 'in', userIds)
    .where('kind', '=', 'inbox')
    .where('due_at', '<=', upTo)
    .orderBy('hand_offs.user_id')
    .orderBy('due_at')
    .limit(max)
    .execute()
  return rows.map(withHours)
}

function isOneOf(items: readonly NamedItem[]) {
  const keys = items.map(({ userId, kind, item }) => sql`(${userId}, ${kind}, ${item})`)
  return sql<boolean>`(user_id, kind, item) IN (VALUES ${sql.join(keys)})`
}

/** Deletes all items of a user. */
export async function forgetItems(tx: Tx, userId: string): Promise<void> {
  await tx.deleteFrom('hand_offs').where('user_id', '=', userId).execute()
}

/** Takes items from the store, for this transaction to hand off. Resolves to those that were still there. */
export async function takeItems(tx: Tx, items: readonly DueItem[]): Promise<readonly DueItem[]> {
  const taken: DueItem[] = []
  for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
    const rows = await tx
      .deleteFrom('hand_offs')
      .where(isOneOf(some))
      .returning(['user_id', 'kind', 'item', 'due_at', 'window_ms', 'unless'])
      .execute()
    taken.push(...rows.map(toDueItem))
  }
  return taken
}

/** Lets items be due at another time. */
export async function postpone(tx: Tx, items: readonly DueItem[], dueAt: number): Promise<void> {
  for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
    await tx.updateTable('hand_offs').set({ due_at: dueAt, held_since: null }).where(isOneOf(some)).execute()
  }
}

/** Lets items be due at the end of quiet hours, and keeps since when they wait for that. */
export async function holdItems(tx: Tx, items: readonly DueItem[], end: number): Promise<void> {
  const held_since = sql<number>`coalesce(held_since, due_at)`
  for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
    await tx.updateTable('hand_offs').set({ due_at: end, held_since }).where(isOneOf(some)).execute()
  }
}

/**
 * Lets items be due as they were before they had to wait for the end of quiet hours, if they have. The rows of all of them are locked: one that
 * is just being held back is let go behind that.
 */
export async function letGo(tx: Tx, items: readonly NamedItem[]): Promise<void> {
  const due_at = sql<number>`coalesce(held_since, due_at)`
  for (const some of chunksOf(items, ROWS_PER_STATEMENT)) {
    await tx.updateTable('hand_offs').set({ due_at, held_since: null }).where(isOneOf(some)).execute()
  }
}
