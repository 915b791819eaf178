import { expect, it } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { TicketActivity } from '../../src/tickets/activity.ts'
import { createRandom, type Random } from '../support/random.ts'
import { type Reader, read } from '../support/reader.ts'
import { admin, agent, customer, type Desk, openDesk } from '../support/tickets.ts'

const ann = customer('ann')
const bob = customer('bob')
const kim = agent('kim')
const sam = agent('sam')
const IDS = ['a', 'b', 'c', 'd', 'e', 'f']
const STATUSES = ['OPEN', 'PENDING', 'RESOLVED'] as const

/** A list as a client keeps it, by what the schema says and nothing else. */
function createReplica() {
  const tickets = new Map<string, { number: number; unread: number; updatedAt: number }>()
  return {
    tickets,
    take: ({ ticketId, change, number, unread, ticket, snapshot }: TicketActivity): void => {
      if (snapshot?.place === 1) tickets.clear()
      if (change === 'LEFT' || !ticket) tickets.delete(ticketId)
      else tickets.set(ticketId, { number, unread: unread.count, updatedAt: ticket.updatedAt })
    },
  }
}

/** A client that follows its list and loses its connection now and then. */
function createFollower({ tickets }: Desk, viewer: Viewer, assignedToMe = false) {
  const replica = createReplica()
  let reader: Reader<TicketActivity> | undefined
  const takeUntil = async (isEnough: (activity: TicketActivity) => boolean): Promise<void> => {
    reader ??= read(await tickets.followActivity(viewer, { assignedToMe }))
    for (let isDone = false; !isDone; ) {
      const activity = await reader.next()
      replica.take(activity)
      isDone = isEnough(activity)
    }
  }
  const stored = async () => {
    const { nodes } = await tickets.list(viewer, { first: 100 })
    const mine = nodes.filter(({ assignee }) => !assignedToMe || assignee?.id === viewer.userId)
    const lines = mine.map(async ({ id, updatedAt }) => {
      const newest = (await tickets.messages(viewer, { id }, { last: 1 })).nodes.at(0)
      return [
        id,
        { number: newest?.number ?? 0, unread: await tickets.unreadCount(viewer, { id }), updatedAt },
      ] as const
    })
    return new Map(await Promise.all(lines))
  }
  return {
    replica,
    stored,
    takeUntil,
    cut: async (): Promise<void> => {
      await reader?.stop()
      reader = undefined
    },
  }
}

async function change({ tickets }: Desk, random: Random): Promise<void> {
  const id = random.pick(IDS)
  const newest = async (who: Viewer) => (await tickets.messages(who, { id }, { last: 1 })).nodes.at(0)
  if (!(await tickets.find(sam, id)) || random.chance(0.4)) {
    const assignee = random.pick([null, 'kim', 'sam'])
    await tickets.upsert({
      id,
      ...(random.chance(0.5) && { assignee: assignee === null ? null : { id: assignee, role: 'AGENT' as const } }),
      ...(random.chance(0.5) && { participants: random.some(['ann', 'bob'], 0.6).map((userId) => ({ id: userId })) }),
      ...(random.chance(0.2) && { status: random.pick(STATUSES) }),
    })
    return
  }
  if (random.chance(0.05)) return void (await tickets.erase('bob'))
  const who = random.pick([sam, kim, ...((await tickets.find(ann, id)) ? [ann] : [])])
  const message = await newest(who)
  const does = random.pick(['say', 'note', 'read', 'remove', 'edit'] as const)
  if (does === 'say' || !message) await tickets.send(who, { ticketId: id, body: 'Hello' })
  else if (does === 'note' && who !== ann) {
    await tickets.send(who, { ticketId: id, body: 'Psst', visibility: 'INTERNAL' })
  } else if (does === 'read') await tickets.markRead(who, id, message.number)
  else if (does === 'remove') await tickets.remove(admin('boss'), message.id)
  else if (message.author.id === who.userId && message.deletedAt === null) await tickets.edit(who, message.id, 'Hi')
}

/** Something that everybody receives of, so that whoever has received it has received all before. */
async function mark({ tickets, clock }: Desk): Promise<number> {
  clock.advance(1)
  const participants = [{ id: 'ann' }, { id: 'bob' }]
  await tickets.upsert({ id: 'mark', subject: `${clock.now()}`, assignee: { id: 'kim', role: 'AGENT' }, participants })
  return clock.now()
}

it.each([1, 2, 3, 4, 5, 6])(
  'what a list was told is what is stored, whatever is missed in between (seed %i)',
  async (seed) => {
    const desk = await openDesk()
    const random = createRandom(seed)
    const followers = [
      createFollower(desk, ann),
      createFollower(desk, bob),
      createFollower(desk, sam),
      createFollower(desk, kim, true),
    ]
    await mark(desk)
    for (let round = 0; round < 15; round++) {
      for (const follower of followers) if (random.chance(0.3)) await follower.cut()
      const isGap = random.chance(0.2)
      if (isGap) desk.wire.cut()
      for (let step = random.int(6); step >= 0; step--) {
        desk.clock.advance(random.int(2))
        await change(desk, random)
      }
      if (isGap) desk.wire.mend()
      const at = await mark(desk)
      for (const { takeUntil, replica, stored } of followers) {
        await takeUntil(({ ticketId, ticket }) => ticketId === 'mark' && ticket?.updatedAt === at)
        expect(replica.tickets).toEqual(await stored())
      }
    }
  },
)
