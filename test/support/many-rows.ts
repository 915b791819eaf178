import { sql } from 'kysely'
import type { Storage } from '../../src/storage/storage.ts'
import type { Tables } from '../../src/storage/tables.ts'

const USERS = 400
const INBOX = 100
const TICKETS = 10_000
const MESSAGES = 4
const LONG = 3_000
/** Notifications of others. */
const OTHERS = 20_000
/** Messages of the long ticket, and tickets of ann: more than one statement may look at. */
const LONGEST = 6_000
/** Later than any retention ends. */
const RECENTLY = Date.UTC(2026, 0, 1)
const ROWS_PER_STATEMENT = 1_500

function range<Value>(length: number, make: (index: number) => Value): Value[] {
  return Array.from({ length }, (_, n) => make(n))
}

function stream(name: string, revision: number) {
  return {
    stream: name,
    epoch: 'epoch',
    revision,
    entries: revision,
    pruned: 0,
    announced: 20,
  }
}

function inboxOf(userId: string, length: number) {
  return range(length, (n) => ({
    user_id: userId,
    notification_id: `n-${n}`,
    arrived_revision: n + 1,
    revision: n + 1,
    category: `c-${n % 5}`,
    // The last ones were read long ago.
    read_at: n % 4 ? (n > LONG - 20 ? 1 : RECENTLY) : null,
  }))
}

/** The first half is public and by ann, but for the last of them; the others are notes. Every third was deleted. */
function messagesOf(ticketId: string, length: number) {
  return range(length, (n) => {
    const publicNumber = n < length / 2 ? n + 1 : null
    const author = publicNumber && n + 1 < length / 2 ? 'ann' : 'sam'
    return {
      id: `m-${ticketId}-${n}`,
      ticket_id: ticketId,
      author_id: author,
      author: JSON.stringify({ id: author, role: author === 'sam' ? 'AGENT' : 'CUSTOMER' }),
      body: 'Hello',
      created_at: n,
      deleted_at: n % 3 ? null : n,
      public_number: publicNumber,
      public_revision: publicNumber,
      staff_number: n + 1,
      staff_revision: n + 1,
    }
  })
}

function ticketStreams(ticketId: string, length: number) {
  return [stream(`ticket:${ticketId}:public`, length / 2), stream(`ticket:${ticketId}:staff`, length)]
}

/** Inserts many rows, in statements that are not too large. */
export async function insertRows<Name extends keyof Tables>(storage: Storage, table: Name, rows: readonly object[]) {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    await storage.write((tx) =>
      tx
        .insertInto(table)
        .values(rows.slice(start, start + ROWS_PER_STATEMENT) as never)
        .execute(),
    )
  }
}

/**
 * Fills a database as a product would in years: `ann` has a large inbox and many tickets, all in the charge of `sam`, and has lost many;
 * ticket `t-0` is a long one of hers, and she and `max` have read it.
 */
export async function fillDatabase(storage: Storage): Promise<void> {
  const users = range(USERS, (n) => `user-${n}`)
  const tickets = range(TICKETS, (n) => `t-${n}`)
  const lengthOf = (ticketId: string): number => (ticketId === 't-0' ? LONGEST * 2 : MESSAGES)
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
    ...range(OTHERS, (n) => ({
      id: `other-${n}`,
      type: 'x',
      category: 'other',
      title: 'Hello',
      priority: 'NORMAL',
      created_at: n,
      announcement: null,
      for_new_users: 0,
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
    tickets.map((id, n) => ({
      id,
      status: n % LONG === 1 ? 'CLOSED' : 'OPEN',
      assignee_id: 'sam',
      assignee: '{}',
      created_at: n,
      public_at: n,
      staff_at: n,
    })),
  )
  await insertRows(
    storage,
    'participants',
    tickets.flatMap((id, n) => [
      { ticket_id: id, user_id: `user-${n % USERS}`, actor: '{}', place: 0, public_at: n },
      ...(n < LONGEST ? [{ ticket_id: id, user_id: 'ann', actor: '{}', place: 1, public_at: n }] : []),
      ...(n === 0 ? [{ ticket_id: id, user_id: 'max', actor: '{}', place: 2, public_at: n }] : []),
    ]),
  )
  await insertRows(
    storage,
    'ticket_reads',
    tickets.map((id, n) => ({ ticket_id: id, user_id: `user-${n % USERS}`, audience: 'public', number: 1 })),
  )
  await insertRows(storage, 'ticket_reads', [
    { ticket_id: 't-0', user_id: 'max', audience: 'staff', number: LONGEST * 2 },
  ])
  await insertRows(
    storage,
    'ticket_mutes',
    tickets.map((id, n) => ({ ticket_id: id, user_id: `user-${n % USERS}`, until: null })),
  )
  await insertRows(
    storage,
    'ticket_departures',
    ['participant', 'assignee'].flatMap((was) =>
      range(LONGEST, (n) => ({
        user_id: was === 'assignee' ? 'sam' : 'ann',
        was,
        ticket_id: `lost-${(n * 7) % LONGEST}`,
        at: n,
      })),
    ),
  )
  await insertRows(
    storage,
    'messages',
    tickets.flatMap((id) => messagesOf(id, lengthOf(id))),
  )
  await insertRows(storage, 'streams', [
    stream('everyone', 20),
    stream('user:ann', LONG),
    ...users.map((userId) => stream(`user:${userId}`, INBOX)),
    ...tickets.flatMap((id) => ticketStreams(id, lengthOf(id))),
  ])
  await storage.write((tx) => sql`ANALYZE`.execute(tx))
}
