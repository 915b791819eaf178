import { sql } from 'kysely'
import type { Storage } from '../../src/storage/storage.ts'
import type { Tables } from '../../src/storage/tables.ts'

const USERS = 400
const INBOX = 100
const TICKETS = 10_000
const MESSAGES = 4
const LONG = 3_000
/** Later than any retention ends. */
const RECENTLY = Date.UTC(2026, 0, 1)
const ROWS_PER_STATEMENT = 1_500

const range = <Value>(length: number, make: (index: number) => Value): Value[] =>
  Array.from({ length }, (_, n) => make(n))

const lane = (name: string, revision: number) => ({
  lane: name,
  epoch: 'epoch',
  revision,
  entries: revision,
  pruned: 0,
  announced: 20,
})

const inboxOf = (userId: string, length: number) =>
  range(length, (n) => ({
    user_id: userId,
    notification_id: `n-${n}`,
    position: n + 1,
    revision: n + 1,
    category: `c-${n % 5}`,
    // The last ones were read long ago.
    read_at: n % 4 ? (n > LONG - 20 ? 1 : RECENTLY) : null,
  }))

const messagesOf = (ticketId: string, length: number) =>
  range(length, (n) => ({
    id: `m-${ticketId}-${n}`,
    ticket_id: ticketId,
    author_id: n % 2 ? 'sam' : 'ann',
    author: JSON.stringify({ id: n % 2 ? 'sam' : 'ann', role: n % 2 ? 'AGENT' : 'CUSTOMER' }),
    body: 'Hello',
    created_at: n,
    public_number: n + 1,
    public_revision: n + 1,
    staff_number: n + 1,
    staff_revision: n + 1,
  }))

/** Inserts many rows, in statements that are not too large. */
export const insertRows = async <Name extends keyof Tables>(storage: Storage, table: Name, rows: readonly object[]) => {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await storage.write((tx) =>
      tx
        .insertInto(table)
        .values(rows.slice(start, start + ROWS_PER_STATEMENT) as never)
        .execute(),
    )
  }
}

/** Fills a database as a product would in months: `ann` has a large inbox, and ticket `t-0` is a long one of hers. */
export const fillDatabase = async (storage: Storage): Promise<void> => {
  const users = range(USERS, (n) => `user-${n}`)
  const tickets = range(TICKETS, (n) => `t-${n}`)
  const lengthOf = (ticketId: string): number => (ticketId === 't-0' ? LONG : MESSAGES)
  await insertRows(storage, 'notifications', [
    ...range(LONG, (n) => ({
      id: `n-${n}`,
      type: 'x',
      category: `c-${n % 5}`,
      title: 'Hello',
      priority: 'NORMAL',
      created_at: n,
      announcement: n < 20 ? n + 1 : null,
      for_new_users: n < 20 && n % 5 === 0 ? 1 : 0,
    })),
  ])
  await insertRows(storage, 'inbox', [...inboxOf('ann', LONG), ...users.flatMap((userId) => inboxOf(userId, INBOX))])
  await insertRows(
    storage,
    'bulk_marks',
    range(LONG, (n) => ({ user_id: `user-${n % USERS}`, revision: n, up_to: n, category: null, at: RECENTLY })),
  )
  await insertRows(
    storage,
    'tickets',
    tickets.map((id, n) => ({ id, status: 'OPEN', created_at: n, public_at: n, staff_at: n })),
  )
  await insertRows(
    storage,
    'participants',
    tickets.map((id, n) => ({
      ticket_id: id,
      user_id: n % 1_000 ? `user-${n % USERS}` : 'ann',
      actor: '{}',
      place: 0,
    })),
  )
  await insertRows(
    storage,
    'messages',
    tickets.flatMap((id) => messagesOf(id, lengthOf(id))),
  )
  await insertRows(storage, 'lanes', [
    lane('everyone', 20),
    lane('user:ann', LONG),
    ...users.map((userId) => lane(`user:${userId}`, INBOX)),
    ...tickets.flatMap((id) => ['public', 'staff'].map((audience) => lane(`ticket:${id}:${audience}`, lengthOf(id)))),
  ])
  await storage.write((tx) => sql`ANALYZE`.execute(tx))
}
