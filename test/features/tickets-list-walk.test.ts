import { expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { TicketActivity } from '../../src/tickets/activity.ts'
import type { Ticket } from '../../src/tickets/ticket.ts'
import { createRandom, type Random } from '../support/random.ts'
import { read } from '../support/reader.ts'
import { agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const sam = agent('sam')
const IDS = Array.from({ length: 14 }, (_, index) => `t${index}`)
const STATUSES = ['OPEN', 'PENDING', 'CLOSED'] as const
const FIRST = 3

/** Moves a ticket up, or out of a list and into it. */
async function move({ tickets, clock }: Desk, random: Random): Promise<void> {
  clock.advance(random.int(2))
  const id = random.pick(IDS)
  const ticket = await tickets.find(sam, id)
  const does = random.pick(['say', 'status', 'people', 'note'] as const)
  if (does === 'say' && ticket?.status !== 'CLOSED') await tickets.send(sam, { ticketId: id, body: 'Hello' })
  else if (does === 'note') await tickets.send(sam, { ticketId: id, body: 'Psst', visibility: 'INTERNAL' })
  else if (does === 'people') {
    await tickets.upsert({ id, participants: random.some(['ann', 'bob'], 0.7).map((userId) => ({ id: userId })) })
  } else await tickets.upsert({ id, status: random.pick(STATUSES) })
}

async function openFullDesk(): Promise<Desk> {
  const desk = await openDesk()
  for (const id of IDS) {
    desk.clock.advance(1)
    await desk.open(id, 'ann', 'bob')
  }
  return desk
}

/** What a client shows that has begun to follow before it walks: of what it got of a ticket, the newest. */
function createScreen() {
  const shown = new Map<string, Ticket>()
  const gone = new Map<string, Ticket | undefined>()
  return {
    shown,
    page: (nodes: readonly Ticket[]): void => {
      for (const ticket of nodes) {
        if (gone.has(ticket.id)) continue
        if ((shown.get(ticket.id)?.updatedAt ?? 0) <= ticket.updatedAt) shown.set(ticket.id, ticket)
      }
    },
    told: ({ ticketId, ticket }: TicketActivity): void => {
      if (ticket) {
        gone.delete(ticketId)
        shown.set(ticketId, ticket)
      } else {
        gone.set(ticketId, shown.get(ticketId))
        shown.delete(ticketId)
      }
    },
  }
}

async function walk(desk: Desk, who: Viewer, status: Ticket['status'] | undefined, random: Random) {
  const { tickets, clock } = desk
  const filter = status ? { status: [status] } : {}
  const isListed = (ticket: Ticket): boolean => status === undefined || ticket.status === status
  const screen = createScreen()
  const stream = read(await tickets.followActivity(who, {}))
  // The snapshot, which is told before the walk begins, is left out: what is shown comes from the walk and what happens meanwhile.
  for (let isOver = false; !isOver; ) {
    const { snapshot } = await stream.next()
    isOver = snapshot?.place === snapshot?.lines
  }
  const seen = new Set<string>()
  const before = (await tickets.list(who, { first: 100, ...filter })).nodes.map(({ id }) => id)
  for (let after: string | null = null, isOver = false; !isOver; ) {
    const { nodes, pageInfo } = await tickets.list(who, { first: FIRST, after, ...filter })
    screen.page(nodes)
    for (const { id } of nodes) seen.add(id)
    for (let moves = random.int(4); moves > 0; moves--) await move(desk, random)
    after = pageInfo.endCursor
    isOver = !pageInfo.hasNextPage
  }
  clock.advance(1)
  await tickets.upsert({ id: 'mark', subject: `${clock.now()}`, participants: [{ id: 'ann' }] })
  for (let isOver = false; !isOver; ) {
    const activity = await stream.next()
    screen.told(activity)
    seen.add(activity.ticketId)
    isOver = activity.ticketId === 'mark'
  }
  const { nodes: stored } = await tickets.list(who, { first: 100, ...filter })
  const shown = [...screen.shown.values()].filter(isListed)
  return { missed: before.filter((id) => !seen.has(id)), shown, stored }
}

function byId(tickets: readonly Ticket[]) {
  return new Map(tickets.map((ticket) => [ticket.id, ticket]))
}

it.each([
  ['a customer', ann, undefined],
  ['a customer who filters', ann, 'OPEN'],
  ['staff', sam, undefined],
  ['staff who filters', sam, 'PENDING'],
] as const)('no ticket escapes %s who follows and walks the list while it moves', async (_, who, status) => {
  for (let seed = 1; seed <= 8; seed++) {
    const { missed, shown, stored } = await walk(await openFullDesk(), who, status, createRandom(seed))
    expect(missed, `seed ${seed}`).toEqual([])
    expect(byId(shown), `seed ${seed}`).toEqual(byId(stored))
  }
})

it('a walk alone passes by what moves up, and the stream tells of it', async () => {
  const { tickets, say } = await openFullDesk()
  const stream = read(await tickets.followActivity(ann, {}))
  await stream.take(IDS.length)
  const { pageInfo } = await tickets.list(ann, { first: 10 })
  await say(sam, 't0', 'Up')
  const { nodes } = await tickets.list(ann, { first: 10, after: pageInfo.endCursor })
  expect(nodes.map(({ id }) => id)).toEqual(['t3', 't2', 't1'])
  expect(await stream.next()).toMatchObject({ ticketId: 't0', ticket: { id: 't0' } })
})
