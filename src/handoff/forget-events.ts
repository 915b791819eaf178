import { sql } from 'kysely'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { JsonValue } from '../lib/json.ts'
import { untilNothing } from '../lib/steps.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { forgetItems } from './due-items.ts'
import { GIVE_UP_MS } from './event-queue.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  /** How long events are kept that were given up, in milliseconds. */
  readonly keepMs: number
  /** Counts the events that are given up, by exit. */
  readonly dead: Counter
}

const ROWS_PER_STEP = 500
/** How much longer than others an event waits that was never tried, in milliseconds: its exit may just have come back. */
const GRACE_MS = 60 * 60 * 1000

/** A copy of JSON in which objects that describe a user, such as an actor or an author, are null. */
function withoutUser(value: JsonValue, userId: string): JsonValue {
  if (Array.isArray(value)) return value.map((one) => withoutUser(one, userId))
  if (value === null || typeof value !== 'object') return value
  if ('userId' in value && value['userId'] === userId) return null
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withoutUser(inner, userId)]))
}

/** An event of one exit: two exits can have events with the same id. */
interface Place {
  readonly exit: string
  readonly id: string
}

/** Removes a user from some events of others, in the order of the primary key. Resolves to the last one that was looked at; undefined: the end. */
async function forgetIn(tx: Tx, userId: string, after: Place): Promise<Place | undefined> {
  const rows = await tx
    .selectFrom('backend_events')
    .select(['exit', 'id', 'body'])
    .where(sql<boolean>`(exit, id) > (${after.exit}, ${after.id})`)
    .orderBy('exit')
    .orderBy('id')
    .limit(ROWS_PER_STEP)
    .execute()
  const name = JSON.stringify(userId)
  for (const { exit, id, body } of rows) {
    if (!body.includes(name)) continue
    const { data, ...envelope } = JSON.parse(body)
    const text = JSON.stringify({ ...envelope, data: { ...(withoutUser({ data }, userId) as { data: object }).data } })
    await tx.updateTable('backend_events').set({ body: text }).where('exit', '=', exit).where('id', '=', id).execute()
  }
  return rows.length < ROWS_PER_STEP ? undefined : rows.at(-1)
}

/**
 * Creates the function that erases a user from what is handed off: what is due, the user's own events, and the user in those of others. An
 * event that is just being sent may still arrive.
 */
export function createForgetUser({ storage }: Pick<Deps, 'storage'>) {
  return async (userId: string): Promise<void> => {
    await storage.write(async (tx) => {
      await forgetItems(tx, userId)
      await tx.deleteFrom('backend_events').where('user_id', '=', userId).execute()
    })
    for (let after: Place | undefined = { exit: '', id: '' }; after !== undefined; ) {
      const from: Place = after
      after = await storage.write((tx) => forgetIn(tx, userId, from))
    }
  }
}

/** SQL for an event whose JSON contains a part. SQLite finds it in capital letters, too. */
function bodyContains(part: string) {
  return sql<boolean>`body LIKE ${`%${part.replace(/[\\%_]/g, '\\$&')}%`} ESCAPE '\\'`
}

/**
 * Deletes what is due of a ticket for these users, their events about it, and who was assigned. Runs in the transaction that deletes the
 * ticket. An event that is just being sent may still arrive.
 */
export async function forgetTicket(
  tx: Tx,
  exits: readonly string[],
  { ticketId, userIds }: { readonly ticketId: string; readonly userIds: readonly string[] },
): Promise<void> {
  const assigned = tx.deleteFrom('backend_events').where('exit', 'in', exits).where('dead_at', 'is', null)
  await assigned.where('subject', '=', `ticket:${ticketId}`).execute()
  if (userIds.length === 0) return
  // Its row first: whoever makes an event of it has it locked until the event is stored.
  const due = tx.deleteFrom('hand_offs').where('kind', '=', 'ticket').where('item', '=', ticketId)
  await due.where('user_id', 'in', userIds).execute()
  const rows = await tx
    .selectFrom('backend_events')
    .select(['exit', 'id', 'body'])
    .where('user_id', 'in', userIds)
    .where('type', '=', 'ticket.unseen')
    .where(bodyContains(JSON.stringify(ticketId)))
    .execute()
  for (const { exit, id, body } of rows) {
    if (JSON.parse(body).data.ticket.id !== ticketId) continue
    await tx.deleteFrom('backend_events').where('exit', '=', exit).where('id', '=', id).execute()
  }
}

/** Creates the function that gives up events which no exit has tried in time, and deletes those that were given up long ago. */
export function createPruneEvents({ storage, clock, keepMs, dead }: Deps) {
  const giveUp = async (tx: Tx): Promise<readonly { readonly exit: string }[]> => {
    const now = clock.now()
    const old = tx
      .selectFrom('backend_events')
      .select('id')
      .where('dead_at', 'is', null)
      .where('created_at', '<=', now - GIVE_UP_MS - GRACE_MS)
      .orderBy('created_at')
      .limit(ROWS_PER_STEP)
    return tx
      .updateTable('backend_events')
      .set({ dead_at: now, claim: null })
      .where('id', 'in', old)
      .where('dead_at', 'is', null)
      .where('created_at', '<=', now - GIVE_UP_MS - GRACE_MS)
      .returning('exit')
      .execute()
  }
  const remove = async (tx: Tx): Promise<number> => {
    const before = clock.now() - keepMs
    const some = tx.selectFrom('backend_events').select('id').where('dead_at', '<=', before).limit(ROWS_PER_STEP)
    const deleting = tx.deleteFrom('backend_events').where('id', 'in', some).where('dead_at', '<=', before)
    return Number((await deleting.executeTakeFirst()).numDeletedRows)
  }
  return async (): Promise<number> => {
    await untilNothing(async () => {
      const given = await storage.write(giveUp)
      for (const { exit } of given) dead.add(exit)
      return given.length || undefined
    })
    return untilNothing(async () => (await storage.write(remove)) || undefined)
  }
}
