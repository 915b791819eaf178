import { newEpoch } from '../../src/lib/ids.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { insertRows } from './many-rows.ts'

/** How much somebody has. */
export interface BigUser {
  readonly userId: string
  readonly notifications: number
  readonly tickets: number
  /** Of the user in each ticket. */
  readonly messagesPerTicket: number
}

function range<Value>(length: number, make: (index: number) => Value): Value[] {
  return Array.from({ length }, (_, n) => make(n))
}

function stream(name: string, revision: number) {
  return {
    stream: name,
    epoch: newEpoch(),
    revision,
    entries: revision,
    pruned: 0,
    announced: 0,
  }
}

/** Stores what a user gathers in years: unread notifications, and messages in many tickets. */
export async function storeBigUser(storage: Storage, big: BigUser): Promise<void> {
  const { userId, notifications, tickets, messagesPerTicket } = big
  const at = Date.now() - 1_000_000
  const author = JSON.stringify({ id: userId, role: 'CUSTOMER', name: null, avatarUrl: null })
  const ids = range(tickets, (n) => `${userId}-${n}`)
  await insertRows(
    storage,
    'notifications',
    range(notifications, (n) => ({
      id: `${userId}-${n}`,
      type: 'a.b',
      category: 'a',
      title: 'Hi',
      priority: 'NORMAL',
      created_at: at,
    })),
  )
  await insertRows(
    storage,
    'inbox',
    range(notifications, (n) => ({
      user_id: userId,
      notification_id: `${userId}-${n}`,
      arrived_revision: n + 1,
      revision: n + 1,
      category: 'a',
    })),
  )
  await insertRows(
    storage,
    'tickets',
    ids.map((id) => ({ id, status: 'OPEN', created_at: at, public_at: at, staff_at: at })),
  )
  await insertRows(
    storage,
    'participants',
    ids.map((id) => ({ ticket_id: id, user_id: userId, actor: author, place: 0, public_at: at })),
  )
  await insertRows(
    storage,
    'messages',
    ids.flatMap((id) =>
      range(messagesPerTicket, (n) => ({
        id: `${id}-${n}`,
        ticket_id: id,
        author_id: userId,
        author,
        body: 'Hello',
        created_at: at,
        public_number: n + 1,
        public_revision: n + 1,
        staff_number: n + 1,
        staff_revision: n + 1,
      })),
    ),
  )
  await insertRows(storage, 'streams', [
    stream(`user:${userId}`, notifications),
    ...ids.flatMap((id) =>
      ['public', 'staff'].map((audience) => stream(`ticket:${id}:${audience}`, messagesPerTicket)),
    ),
  ])
}
