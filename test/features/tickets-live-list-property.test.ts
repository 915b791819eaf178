import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { TicketListUpdate } from '../../src/tickets/follow-list.ts'
import type { Ticket } from '../../src/tickets/ticket.ts'
import type { TicketCounts } from '../../src/tickets/ticket-counts.ts'
import type { Assigned, TicketFilter } from '../../src/tickets/ticket-filter.ts'
import { createRandom, type Random } from '../support/random.ts'
import { type Reader, read } from '../support/reader.ts'
import { admin, agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const kim = agent('kim')
const sam = agent('sam')
const IDS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const STATUSES = ['OPEN', 'PENDING', 'RESOLVED', 'CLOSED'] as const
const ASSIGNED = ['ME', 'NOBODY', 'OTHERS'] as const
const FIELDS = new Set([
  'status',
  'createdAt',
  'subject',
  'assignee',
  'revision',
  'unread',
  'lastReadNumber',
  'lastMessage',
])
const ALL = new Set(['byStatus', 'unread'])

function randomFilter(random: Random, viewer: Viewer): TicketFilter {
  const some = <Item>(items: readonly Item[]): readonly Item[] => {
    const chosen = random.some(items, 0.5)
    return chosen.length > 0 ? chosen : [random.pick(items)]
  }
  return {
    ...(random.chance(0.5) && { status: some(STATUSES) }),
    ...(viewer !== ann && random.chance(0.6) && { assigned: some<Assigned>(ASSIGNED) }),
    ...(random.chance(0.4) && { unread: random.chance(0.5) }),
  }
}

/** A list as a client keeps it, by what the schema says and nothing else. */
function createReplica() {
  const tickets = new Map<string, Ticket>()
  let counts: TicketCounts | undefined
  return {
    tickets,
    counts: () => counts,
    take: (update: TicketListUpdate): void => {
      counts = update.counts
      if (update.__typename === 'TicketListSnapshot') {
        tickets.clear()
        for (const ticket of update.tickets.nodes) tickets.set(ticket.id, ticket)
      } else if (update.__typename === 'TicketListLeft') tickets.delete(update.ticketId)
      else tickets.set(update.ticket.id, update.ticket)
    },
  }
}

/** A client that follows its list and loses its connection now and then. */
function createFollower(desk: Desk, viewer: Viewer, filter: TicketFilter) {
  const { tickets } = desk
  const replica = createReplica()
  let reader: Reader<TicketListUpdate> | undefined
  const page = { page: undefined, entries: FIELDS }
  const stored = async () => {
    const list = await tickets.list(viewer, { first: 100, filter }, page)
    return { tickets: new Map(list.nodes.map((node) => [node.id, node])), counts: await tickets.counts(list, ALL) }
  }
  const isSame = async (): Promise<boolean> => {
    const { tickets: mine, counts } = await stored()
    return isDeepStrictEqual(asJson([replica.tickets, replica.counts()]), asJson([mine, counts]))
  }
  return {
    /** Takes what comes until it shows what is stored, which it does in the end. */
    catchUp: async (): Promise<void> => {
      const wanted = { page: undefined, details: { ticket: FIELDS, lastMessage: undefined }, counts: ALL }
      if (!reader) {
        reader = read(await tickets.followList(viewer, { first: 100, filter }, wanted))
        const first = await reader.next()
        expect(first.__typename).toBe('TicketListSnapshot')
        replica.take(first)
      }
      while (!(await isSame())) replica.take(await reader.next())
    },
    cut: async (): Promise<void> => {
      await reader?.stop()
      reader = undefined
    },
  }
}

/** What clients get, whatever order they keep it in. */
function asJson([tickets, counts]: readonly [ReadonlyMap<string, Ticket>, TicketCounts | undefined]): unknown {
  return JSON.parse(JSON.stringify([[...tickets].sort(([a], [b]) => (a < b ? -1 : 1)), counts]))
}

async function change({ tickets }: Desk, random: Random): Promise<unknown> {
  const id = random.pick(IDS)
  const found = await tickets.find(sam, id)
  const status = found?.status
  if (!found || random.chance(0.35)) {
    const assignee = random.pick([null, 'kim', 'sam', 'lee'])
    return tickets.upsert({
      id,
      ...(random.chance(0.4) && { assignee: assignee === null ? null : { id: assignee, role: 'AGENT' as const } }),
      ...(random.chance(0.4) && { participants: random.some(['ann', 'bob'], 0.6).map((userId) => ({ id: userId })) }),
      ...(random.chance(0.4) && { status: random.pick(STATUSES) }),
      ...(random.chance(0.2) && { subject: `Subject ${random.int(9)}` }),
    })
  }
  if (random.chance(0.05)) return tickets.delete(id)
  if (random.chance(0.04)) return tickets.erase(random.pick(['bob', 'lee']))
  const who = random.pick([sam, kim, ...((await tickets.find(ann, id)) ? [ann] : [])])
  const newest = (await tickets.messages(who, { id }, { last: 1 })).nodes.at(0)
  const does = random.pick(['say', 'note', 'read', 'remove', 'edit', 'claim', 'release'] as const)
  const ofStaff = who !== ann
  if (does === 'claim' && ofStaff) return tickets.claim(who, id, found.assignee?.id)
  if (does === 'release' && ofStaff && found.assignee?.id === who.userId) return tickets.release(who, id)
  if (does === 'note' && ofStaff) return tickets.send(who, { ticketId: id, body: 'Psst', visibility: 'INTERNAL' })
  if (does === 'say' && status !== 'CLOSED') return tickets.send(who, { ticketId: id, body: `Hello ${random.int(99)}` })
  if (!newest) return undefined
  if (does === 'read') return tickets.markRead(who, id, newest.number)
  if (does === 'remove') return tickets.remove(admin('boss'), newest.id)
  const isEditable = status !== 'CLOSED' && newest.author.id === who.userId && newest.deletedAt === null
  return does === 'edit' && isEditable ? tickets.edit(who, newest.id, 'Hi') : undefined
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'a live list shows in the end what a query finds, whatever is filtered, cut and missed (seed %i)',
  { timeout: 60_000 },
  async (seed) => {
    const desk = await openDesk({ unreadCap: 3, ticketCountCap: 5 })
    const random = createRandom(seed)
    const followers = [ann, ann, sam, sam, kim, kim].map((viewer) =>
      createFollower(desk, viewer, randomFilter(random, viewer)),
    )
    for (let round = 0; round < 12; round++) {
      for (const follower of followers) if (random.chance(0.2)) await follower.cut()
      const isGap = random.chance(0.2)
      if (isGap) desk.wire.cut()
      for (let step = random.int(8); step >= 0; step--) {
        desk.clock.advance(random.int(2))
        await change(desk, random)
      }
      if (isGap) desk.wire.mend()
      for (const follower of followers) await follower.catchUp()
    }
  },
)
