import { sql } from 'kysely'
import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { migrate } from '../../src/storage/migrate.ts'
import type { TicketPaging } from '../../src/tickets/list-tickets.ts'
import type { TicketStatus } from '../../src/tickets/ticket.ts'
import { insertRows } from '../support/many-rows.ts'
import { read } from '../support/reader.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')

function range<Value>(length: number, make: (index: number) => Value): Value[] {
  return Array.from({ length }, (_, n) => make(n))
}

/** Stores a ticket with so many messages of ann, of which every other one was deleted. */
async function openLong({ storage, open }: Desk, ticketId: string, messages: number): Promise<void> {
  await open(ticketId, 'ann')
  const author = JSON.stringify({ id: 'ann', role: 'CUSTOMER', name: null, avatarUrl: null })
  await insertRows(
    storage,
    'messages',
    range(messages, (n) => ({
      id: `${ticketId}-${n}`,
      ticket_id: ticketId,
      author_id: n % 2 ? 'ann' : 'bob',
      author,
      body: n % 2 ? 'Hello' : null,
      created_at: n,
      deleted_at: n % 2 ? null : n,
      public_number: n + 1,
      public_revision: n + 1,
      staff_number: n + 1,
      staff_revision: n + 1,
    })),
  )
  await storage.write(async (tx) => {
    const names = ['public', 'staff'].map((audience) => `ticket:${ticketId}:${audience}`)
    await tx
      .updateTable('streams')
      .set({ revision: messages, entries: messages })
      .where('stream', 'in', names)
      .execute()
  })
}

describe('a long conversation', () => {
  it('is counted past any number of messages of one’s own and deleted ones', async () => {
    const desk = await openDesk()
    const { tickets, say, clock } = desk
    await openLong(desk, 'long', 1_201)
    const ticket = { id: 'long' }
    const send = () => tickets.send(ann, { ticketId: 'long', body: 'Hello', expectedNumber: 1 })
    const line = async () => {
      const reader = read(await tickets.followActivity(ann, {}))
      for (;;) {
        const item = await reader.next()
        if (item.ticketId === 'long') return item
      }
    }
    expect([await tickets.unread(ann, ticket), (await line()).unread]).toEqual(
      Array(2).fill({ count: 0, isCapped: false }),
    )
    await send()
    await say(sam, 'long', 'One')
    await say(sam, 'long', 'Two')
    expect([await tickets.unread(ann, ticket), (await line()).unread]).toEqual(
      Array(2).fill({ count: 2, isCapped: false }),
    )
    await expect(send()).rejects.toMatchObject({ code: 'CONFLICT', details: { missed: 2 } })
    await tickets.markRead(ann, 'long', 1_203)
    expect([await tickets.unread(ann, ticket), (await line()).unread]).toEqual(
      Array(2).fill({ count: 1, isCapped: false }),
    )
    // It is told of because something is unread in it, although a hundred others changed later.
    clock.advance(1)
    for (let n = 0; n < 100; n++) await desk.open(`later-${n}`, 'ann')
    expect((await line()).unread.count).toBe(1)
  })

  it('is counted up to the cap', async () => {
    const desk = await openDesk({ unreadCap: 300 })
    await openLong(desk, 'long', 1_201)
    const capped = { count: 300, isCapped: true }
    expect(await desk.tickets.unread(sam, { id: 'long' })).toEqual(capped)
    expect((await read(await desk.tickets.followActivity(sam, {})).next()).unread).toEqual(capped)
    const send = desk.tickets.send(sam, { ticketId: 'long', body: 'Hello', expectedNumber: 0 })
    await expect(send).rejects.toMatchObject({ details: { missed: 300 } })
  })
})

/** All pages of a list. */
async function walk({ tickets }: Desk, who: Viewer, first: number, status?: readonly TicketStatus[]) {
  const ids: string[] = []
  for (let after: string | null = null; ; ) {
    const { nodes, pageInfo } = await tickets.list(who, { first, after, status })
    ids.push(...nodes.map(({ id }) => id))
    if (!pageInfo.hasNextPage) return ids
    after = pageInfo.endCursor
  }
}

describe('a long list of tickets', () => {
  it('finds the few that have a status, however many have others', async () => {
    const desk = await openDesk()
    const few = new Map<number, TicketStatus>([
      [0, 'CLOSED'],
      [1_150, 'RESOLVED'],
      [1_151, 'CLOSED'],
      [2_399, 'RESOLVED'],
    ])
    const ids = range(2_400, (n) => `t${n}`)
    await insertRows(
      desk.storage,
      'tickets',
      // Some have the same time: then the id decides.
      ids.map((id, n) => ({
        id,
        status: few.get(n) ?? 'OPEN',
        created_at: n,
        public_at: n - (n % 2),
        staff_at: n - (n % 2),
      })),
    )
    await insertRows(
      desk.storage,
      'participants',
      ids.map((id, n) => ({ ticket_id: id, user_id: 'ann', actor: '{}', place: 0, public_at: n - (n % 2) })),
    )
    for (const who of [ann, sam]) {
      expect(await walk(desk, who, 2, ['CLOSED'])).toEqual(['t1151', 't0'])
      expect(await walk(desk, who, 1, ['CLOSED', 'RESOLVED', 'CLOSED'])).toEqual(['t2399', 't1151', 't1150', 't0'])
      expect(await walk(desk, who, 2, ['PENDING'])).toEqual([])
      expect(await walk(desk, who, 100)).toHaveLength(2_400)
    }
  })

  it('is looked through 10,000 at a time, by whatever no index has, and goes on', async () => {
    const desk = await openDesk()
    const kim = { assignee_id: 'kim', assignee: JSON.stringify({ id: 'kim', role: 'AGENT' }) }
    await insertRows(
      desk.storage,
      'tickets',
      range(22_000, (n) => ({
        id: `t${n}`,
        status: n % 2 ? 'OPEN' : 'PENDING',
        ...(n === 0 ? { assignee_id: null, assignee: null } : kim),
        created_at: n,
        public_at: n,
        staff_at: n,
      })),
    )
    const walkFor = async (paging: Omit<TicketPaging, 'first' | 'after'>) => {
      const pages: string[][] = []
      for (let after: string | null = null; ; ) {
        const { nodes, pageInfo } = await desk.tickets.list(agent('kim'), { ...paging, first: 10, after })
        pages.push(nodes.map(({ id }) => id))
        if (!pageInfo.hasNextPage) return pages
        after = pageInfo.endCursor
      }
    }
    const orderBy = { field: 'CREATED_AT' } as const
    const bothStates = ['OPEN', 'PENDING'] as const
    expect(await walkFor({ filter: { assigned: ['NOBODY'], status: bothStates } })).toEqual([['t0']])
    expect(await walkFor({ filter: { assigned: ['NOBODY'] }, orderBy })).toEqual([[], [], ['t0']])
    expect(await walkFor({ filter: { assigned: ['OTHERS', 'NOBODY'], status: bothStates } })).toEqual([[], [], ['t0']])
    expect(await walkFor({ filter: { unread: true, status: bothStates } })).toEqual([[], [], []])
    // Each has its share of the 10,000, also those that need less.
    expect(await walkFor({ filter: { unread: true, assigned: ['ME', 'NOBODY'] } })).toEqual([[], [], [], [], []])
  })

  it('of an earlier version is in its order, and goes on', async () => {
    const desk = await openDesk()
    const { storage, clock, open, say, note } = desk
    for (const id of ['a', 'b', 'c']) {
      clock.advance(1)
      await open(id, 'ann')
    }
    clock.advance(1)
    await say(sam, 'a', 'Up')
    await storage.write(async (tx) => {
      const indexes = [
        'participants_list',
        'tickets_status',
        'tickets_charge',
        'ticket_departures_list',
        'messages_public_places',
      ]
      for (const index of indexes) await sql`DROP INDEX ${sql.id(index)}`.execute(tx)
      await sql`ALTER TABLE participants DROP COLUMN public_at`.execute(tx)
      await sql`CREATE INDEX participants_user ON participants (user_id)`.execute(tx)
      await sql`CREATE INDEX tickets_public ON tickets (public_at, id)`.execute(tx)
      await sql`CREATE INDEX tickets_assignee ON tickets (assignee_id, staff_at)`.execute(tx)
      await sql`DELETE FROM migrations WHERE name = '0015-ticket-lists'`.execute(tx)
      await migrate(tx, 'text')
    })
    expect(await walk(desk, ann, 1)).toEqual(['a', 'c', 'b'])
    clock.advance(1)
    await note(sam, 'c', 'Psst')
    expect(await walk(desk, ann, 1)).toEqual(['a', 'c', 'b'])
    await say(sam, 'b', 'Up')
    expect(await walk(desk, ann, 1)).toEqual(['b', 'a', 'c'])
    clock.advance(1)
    await desk.tickets.upsert({ id: 'c', subject: 'Up' })
    expect(await walk(desk, ann, 1)).toEqual(['c', 'b', 'a'])
    clock.advance(1)
    await desk.tickets.erase('sam')
    expect(await walk(desk, ann, 3)).toEqual(['b', 'a', 'c'])
  })
})
