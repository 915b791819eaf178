import type { Storage } from '../../src/storage/storage.ts'
import type { Scene } from './notifications.ts'
import type { Desk } from './tickets.ts'

export function range(length: number): readonly number[] {
  return Array.from({ length }, (_, n) => n)
}

/** Fills the inbox of ann. */
export async function fillInbox({ storage, send }: Scene, length: number): Promise<void> {
  const id = await send('ann')
  const content = await storage.read((tx) =>
    tx.selectFrom('notifications').selectAll().where('id', '=', id).executeTakeFirstOrThrow(),
  )
  for (let start = 1; start < length; start += 500) {
    const some = range(Math.min(500, length - start)).map((n) => start + n)
    await storage.write(async (tx) => {
      await tx
        .insertInto('notifications')
        .values(some.map((n) => ({ ...content, id: `n-${n}` })))
        .execute()
      await tx
        .insertInto('inbox')
        .values(
          some.map((n) => ({
            user_id: 'ann',
            notification_id: `n-${n}`,
            arrived_revision: n + 1,
            revision: n + 1,
            category: `c-${n % 2}`,
          })),
        )
        .execute()
      const reached = { revision: start + some.length, entries: start + some.length }
      await tx.updateTable('streams').set(reached).where('stream', '=', 'user:ann').execute()
    })
  }
}

/** Has ann write in tickets, each time in another one, and sam with her. */
export async function converse({ storage, open }: Desk, tickets: number, messages: number): Promise<void> {
  for (const n of range(tickets)) await open(`t${n}`, 'ann', 'bob')
  const author = JSON.stringify({ id: 'ann', role: 'CUSTOMER', name: 'Ann', avatarUrl: null })
  for (const ticket of range(tickets)) {
    const rows = range(messages).map((n) => ({
      id: `m-${ticket}-${n}`,
      ticket_id: `t${ticket}`,
      author_id: 'ann',
      author,
      body: 'Secret',
      created_at: n,
      public_number: n + 1,
      public_revision: n + 1,
      staff_number: n + 1,
      staff_revision: n + 1,
    }))
    await storage.write(async (tx) => {
      await tx.insertInto('messages').values(rows).execute()
      const streams = [`ticket:t${ticket}:public`, `ticket:t${ticket}:staff`]
      await tx
        .updateTable('streams')
        .set({ revision: messages, entries: messages })
        .where('stream', 'in', streams)
        .execute()
    })
  }
}

/** What is left of ann in every table. */
export function tracesOf(storage: Storage): Promise<string> {
  return storage.read(async (tx) => {
    const tables = [
      'inbox',
      'group_members',
      'notifications',
      'messages',
      'participants',
      'tickets',
      'ticket_reads',
      'streams',
      'tasks',
    ] as const
    const rows = await Promise.all(tables.map((table) => tx.selectFrom(table).selectAll().execute()))
    return (
      JSON.stringify(rows)
        .match(/"(user:)?ann"|Secret|Ann\b/g)
        ?.join() ?? ''
    )
  })
}
