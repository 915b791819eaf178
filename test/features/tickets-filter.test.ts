import { describe, expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Ticket } from '../../src/tickets/ticket.ts'
import type { Assigned, TicketFilter, TicketOrder } from '../../src/tickets/ticket-filter.ts'
import { createRandom, type Random } from '../support/random.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const kim = agent('kim')
const sam = agent('sam')
const IDS = Array.from({ length: 24 }, (_, index) => `t${index}`)
const STATUSES = ['OPEN', 'PENDING', 'RESOLVED', 'CLOSED'] as const
const ASSIGNED = ['ME', 'NOBODY', 'OTHERS'] as const
const ALL = { page: undefined, entries: new Set(['unread', 'lastMessage', 'lastReadNumber']) }

/** A desk with tickets in all states, some with messages that some have read. */
async function openFullDesk(random: Random): Promise<Desk> {
  const limits = { unreadCap: 2, ticketCountCap: 4 }
  const desk = await openDesk(limits)
  const { tickets, clock } = desk
  for (const id of IDS) {
    clock.advance(random.int(2))
    await tickets.upsert({ id, participants: random.some(['ann', 'bob'], 0.7).map((userId) => ({ id: userId })) })
  }
  for (let step = 0; step < 60; step++) {
    clock.advance(random.int(2))
    const id = random.pick(IDS)
    const assignee = random.pick([null, 'kim', 'sam', 'lee'])
    const does = random.pick(['say', 'note', 'read', 'give', 'give'] as const)
    if (does === 'say') await tickets.send(random.pick([kim, sam]), { ticketId: id, body: `said ${step}` })
    else if (does === 'note') await tickets.send(kim, { ticketId: id, body: `note ${step}`, visibility: 'INTERNAL' })
    else if (does === 'read') {
      const who = random.pick([sam, ...((await tickets.find(ann, id)) ? [ann] : [])])
      await tickets.markRead(who, id, 1 + random.int(3))
    } else await tickets.upsert({ id, assignee: assignee === null ? null : { id: assignee, role: 'AGENT' } })
  }
  for (const id of random.some(IDS, 0.7)) await tickets.upsert({ id, status: random.pick(STATUSES) })
  return desk
}

function randomFilter(random: Random, viewer: Viewer, now: number): TicketFilter {
  const isStaff = viewer.role !== 'CUSTOMER'
  const some = <Item>(items: readonly Item[]): readonly Item[] => {
    const chosen = random.some(items, 0.5)
    return chosen.length > 0 ? chosen : [random.pick(items)]
  }
  return {
    ...(random.chance(0.5) && { status: some(STATUSES) }),
    ...(isStaff && random.chance(0.5) && { assigned: some<Assigned>(ASSIGNED) }),
    ...(isStaff && random.chance(0.3) && { assigneeIds: some(['kim', 'lee', 'sam']) }),
    ...(random.chance(0.4) && { unread: random.chance(0.5) }),
    ...(random.chance(0.3) && { updatedSince: now - random.int(30) }),
  }
}

/** Whether a filter means a ticket, as the schema says it. */
function isMeant(
  viewer: Viewer,
  filter: TicketFilter,
  { status, assignee, updatedAt }: Ticket,
  unread: number,
): boolean {
  const { assigned, assigneeIds } = filter
  const id = assignee?.id ?? null
  const who: Assigned = id === null ? 'NOBODY' : id === viewer.userId ? 'ME' : 'OTHERS'
  return (
    (filter.status?.includes(status) ?? true) &&
    ((!assigned && !assigneeIds) ||
      assigned?.includes(who) === true ||
      (id !== null && assigneeIds?.includes(id) === true)) &&
    (filter.unread === undefined || filter.unread === unread > 0) &&
    updatedAt >= (filter.updatedSince ?? 0)
  )
}

function sorted(tickets: readonly Ticket[], { field, direction }: TicketOrder): readonly string[] {
  const at = (ticket: Ticket): number => (field === 'CREATED_AT' ? ticket.createdAt : ticket.updatedAt)
  const ids = tickets.toSorted((a, b) => at(a) - at(b) || (a.id < b.id ? -1 : 1)).map(({ id }) => id)
  return direction === 'ASC' ? ids : ids.toReversed()
}

async function walk({ tickets }: Desk, viewer: Viewer, filter: TicketFilter, orderBy: TicketOrder, first: number) {
  const nodes: Ticket[] = []
  for (let after: string | null = null; ; ) {
    const page = await tickets.list(viewer, { first, after, filter, orderBy }, ALL)
    nodes.push(...page.nodes)
    if (!page.pageInfo.hasNextPage) return nodes
    after = page.pageInfo.endCursor
  }
}

function capped(count: number, cap: number) {
  return { count: Math.min(count, cap), isCapped: count > cap }
}

describe('a list of tickets', () => {
  it.each([1, 2, 3, 4])('has what its filter means, in its order, page by page (seed %i)', async (seed) => {
    const random = createRandom(seed)
    const desk = await openFullDesk(random)
    const { tickets, clock } = desk
    for (const viewer of [ann, sam]) {
      const all = (await tickets.list(viewer, { first: 100 })).nodes
      const unread = new Map<string, number>()
      for (const { id } of all) unread.set(id, await tickets.unreadCount(viewer, { id }))
      const meant = (filter: TicketFilter) =>
        all.filter((ticket) => isMeant(viewer, filter, ticket, unread.get(ticket.id) ?? 0))
      for (let round = 0; round < 40; round++) {
        const filter = randomFilter(random, viewer, clock.now())
        const orderBy = {
          field: random.pick(['UPDATED_AT', 'CREATED_AT'] as const),
          direction: random.pick(['ASC', 'DESC'] as const),
        }
        const nodes = await walk(desk, viewer, filter, orderBy, 1 + random.int(7))
        expect(nodes.map(({ id }) => id)).toEqual(sorted(meant(filter), orderBy))
        for (const { id, ...ticket } of nodes) {
          expect(ticket.unread).toEqual(await tickets.unread(viewer, { id }))
          expect(ticket.lastMessage ?? undefined).toEqual(
            (await tickets.messages(viewer, { id }, { last: 1 })).nodes.at(0),
          )
        }
        const { status, ...others } = filter
        const counts = await tickets.counts(await tickets.list(viewer, { first: 1, filter }))
        expect(counts).toEqual({
          byStatus: STATUSES.map((its) => ({
            status: its,
            tickets: capped(meant({ ...others, status: [its] }).length, 4),
          })),
          unread: capped(filter.unread === false ? 0 : meant({ ...filter, unread: true }).length, 4),
        })
      }
    }
  })

  it('refuses a filter that is no good', async () => {
    const { tickets } = await openDesk()
    const refused = (viewer: Viewer, filter: TicketFilter) =>
      expect(tickets.list(viewer, { first: 1, filter })).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
    await refused(ann, { assigned: ['NOBODY'] })
    await refused(ann, { assigneeIds: ['sam'] })
    for (const name of ['status', 'assigned', 'assigneeIds']) await refused(sam, { [name]: [] })
    await refused(sam, { assigneeIds: Array.from({ length: 101 }, (_, n) => `u${n}`) })
    await expect(tickets.list(sam, { first: 1, status: ['OPEN'], filter: { status: ['OPEN'] } })).rejects.toMatchObject(
      {
        code: 'BAD_USER_INPUT',
      },
    )
  })

  it('refuses the cursor of a list in another order', async () => {
    const { tickets, open } = await openDesk()
    await open('t1', 'ann')
    const { pageInfo } = await tickets.list(ann, { first: 1, orderBy: { field: 'CREATED_AT' } })
    await expect(tickets.list(ann, { first: 1, after: pageInfo.endCursor })).rejects.toMatchObject({
      message: 'This cursor is of a list in another order.',
    })
  })

  it('tells how far I have read, and the beginning of the newest message that I may see', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    await say(sam, 't1', 'Hello')
    await note(sam, 't1', 'Psst')
    const ticket = (await tickets.find(ann, 't1'))!
    expect(await tickets.lastReadNumber(ann, ticket)).toBeNull()
    await tickets.markRead(ann, 't1', 1)
    expect(await tickets.lastReadNumber(ann, ticket)).toBe(1)
    expect(await tickets.lastMessage(ann, ticket)).toMatchObject({ number: 1, body: 'Hello' })
    expect(await tickets.lastMessage(sam, ticket)).toMatchObject({ number: 2, body: 'Psst' })
  })

  it('counts versions for each audience: of two the larger is newer', async () => {
    const { tickets, open, say, note } = await openDesk()
    await open('t1', 'ann')
    const revisions = async () =>
      [await tickets.find(ann, 't1'), await tickets.find(sam, 't1')].map((its) => its?.revision)
    expect(await revisions()).toEqual([1, 1])
    await note(sam, 't1', 'Psst')
    expect(await revisions()).toEqual([1, 2])
    const { id } = await say(ann, 't1', 'Hello')
    await tickets.edit(ann, id, 'Hello!')
    expect(await revisions()).toEqual([3, 4])
    await tickets.upsert({ id: 't1', assignee: { id: 'sam', role: 'AGENT' } })
    expect(await revisions()).toEqual([3, 5])
    await tickets.upsert({ id: 't1', status: 'PENDING' })
    expect(await revisions()).toEqual([4, 6])
    await tickets.erase('sam')
    expect(await revisions()).toEqual([4, 7])
  })
})
