import { expect } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { createBus } from '../../src/bus/bus.ts'
import type { Feed } from '../../src/feed/feed.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import type { TicketActivity } from '../../src/tickets/activity.ts'
import { createMemoryTicketRooms } from '../../src/tickets/memory-ticket-rooms.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { createTickets, type Tickets } from '../../src/tickets/tickets.ts'
import type { Embedded } from './embedded.ts'
import { emptyDatabase, pick } from './histories.ts'
import { revisionIn } from './inbox-device.ts'
import { createLogDevice, type LogDevice, readInPieces } from './log-device.ts'
import type { TicketHistory, TicketStep } from './ticket-steps.ts'
import { agent, backend, customer } from './tickets.ts'
import { openWire } from './wire.ts'

const ann = customer('ann')
const sam = agent('sam')
const WRITERS = { ann, sam, backend } as const
/** Nothing but barriers happens here. */
const BARRIERS = 'barriers'

const isRefusal = (error: unknown): boolean =>
  error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')

const requireRefusal = (error: unknown): void => {
  if (!isRefusal(error)) throw error
}

const byId = (messages: readonly TicketMessage[]) =>
  Object.fromEntries(messages.map((message) => [message.id, message]))

const readAll = (tickets: Tickets, viewer: Viewer, id: string) => tickets.messages(viewer, { id }, { last: 100 })

interface Watched {
  readonly viewer: Viewer
  readonly device: LogDevice
  has(id: string): boolean
  compare(stored: readonly TicketMessage[]): void
}

/** A device that shows a conversation. */
const openConversation = async (tickets: Tickets, viewer: Viewer): Promise<Watched> => {
  const shown = new Map<string, TicketMessage>()
  const load = async (): Promise<string> => {
    const { nodes, resumeCursor } = await readAll(tickets, viewer, 't1')
    shown.clear()
    for (const message of nodes) shown.set(message.id, message)
    return resumeCursor
  }
  const apply = (message: TicketMessage): void => {
    if (viewer.role === 'CUSTOMER') expect(message.visibility).toBe('PUBLIC')
    shown.set(message.id, message)
  }
  const follow = (after: string) => tickets.followMessages(viewer, 'c', 't1', after)
  return {
    viewer,
    device: await createLogDevice({ follow, load, apply, isRefusal }),
    has: (id) => shown.has(id),
    compare: (stored) => expect(Object.fromEntries(shown)).toEqual(byId(stored)),
  }
}

/** Reads a state until it shows something. */
const openState = <Item>(feed: Feed<Item>, apply: (item: Item) => void) => {
  const iterator = feed[Symbol.asyncIterator]()
  return {
    stop: async () => iterator.return?.(),
    catchUp: async (isThere: () => boolean): Promise<void> => {
      while (!isThere()) {
        const { value } = await iterator.next()
        if (!value) throw new Error('The state has ended')
        apply(value.item)
      }
    },
  }
}

/** A list of tickets that shows what it is told. */
const openList = async (tickets: Tickets, viewer: Viewer, isMine: (assignee: string | undefined) => boolean) => {
  const shown = new Map<string, Pick<TicketActivity, 'number' | 'unreadCount'>>()
  const apply = ({ ticketId, change, snapshot, number, unreadCount }: TicketActivity): void => {
    if (snapshot?.place === 1) shown.clear()
    if (change === 'LEFT') shown.delete(ticketId)
    else shown.set(ticketId, { number, unreadCount })
  }
  const follow = async () => openState(await tickets.followActivity(viewer, { assignedToMe: true }), apply)
  let state = await follow()
  return {
    stop: () => state.stop(),
    reconnect: async () => {
      await state.stop()
      state = await follow()
    },
    compare: async (barrier: number): Promise<void> => {
      await state.catchUp(() => shown.get(BARRIERS)?.number === barrier)
      const { nodes } = await tickets.list(viewer, { first: 100 })
      const mine = nodes.filter(({ assignee }) => isMine(assignee?.id))
      const stored = await Promise.all(
        mine.map(async (ticket) => {
          const number = (await readAll(tickets, viewer, ticket.id)).nodes.at(-1)?.number ?? 0
          return [ticket.id, { number, unreadCount: await tickets.unreadCount(viewer, ticket) }] as const
        }),
      )
      expect(Object.fromEntries(shown)).toEqual(Object.fromEntries(stored))
    },
  }
}

/** Plays a history on an empty database: every device that is connected shows what is stored whenever things have settled. */
export async function playTicketHistory(embedded: Embedded, { messagesPerRead, steps }: TicketHistory): Promise<void> {
  const { wire, openLink } = openWire()
  const bus = createBus({ ...embedded, openLink })
  const tickets = createTickets({
    ...embedded,
    bus,
    limits: DEFAULT_LIMITS,
    typing: DEFAULT_TYPING,
    retention: DEFAULT_RETENTION,
    rooms: createMemoryTicketRooms({ max: 50, clock: embedded.clock, graceMs: 0 }),
    messagesPerRead,
  })
  for (const id of ['t1', 't2', BARRIERS]) {
    await tickets.upsert({ id, participants: [{ id: 'ann' }], assignee: { id: 'sam', role: 'AGENT' } })
  }
  const said: { readonly id: string; readonly who: Viewer }[] = []
  const watched = [
    await openConversation(tickets, ann),
    await openConversation(tickets, ann),
    await openConversation(tickets, sam),
    await openConversation(tickets, sam),
  ]
  const lists = [
    await openList(tickets, ann, () => true),
    await openList(tickets, sam, (assignee) => assignee === 'sam'),
  ]
  let subject: string | null = null
  const changed = openState(await tickets.followChanged(sam, 't1'), (ticket) => {
    subject = ticket.subject
  })
  let barriers = 0

  const expectTold = async (viewer: Viewer, audience: 'public' | 'staff'): Promise<void> => {
    const { resumeCursor } = await readAll(tickets, viewer, 't1')
    wire.expectTold(`ticket:t1:${audience}`, revisionIn(resumeCursor))
  }

  const settle = async (pieces?: { readonly device: number; readonly back: number }): Promise<void> => {
    wire.mend()
    embedded.clock.advance(1)
    barriers += 1
    await tickets.upsert({ id: 't1', subject: `barrier ${barriers}` })
    const { message } = await tickets.send(sam, { ticketId: 't1', body: 'barrier' })
    embedded.clock.advance(1)
    await tickets.send(backend, { ticketId: BARRIERS, body: 'barrier' })
    await expectTold(ann, 'public')
    await expectTold(sam, 'staff')
    if (pieces) await readInPieces(pick(watched, pieces.device), pieces.back, message.id)
    for (const { viewer, device, has, compare } of watched) {
      if (await device.waitFor(() => has(message.id))) compare((await readAll(tickets, viewer, 't1')).nodes)
    }
    await changed.catchUp(() => subject === `barrier ${barriers}`)
    for (const { compare } of lists) await compare(barriers)
  }

  const change = async (which: number, how: 'edit' | 'delete'): Promise<unknown> => {
    const message = pick(said, which)
    if (!message) return
    const { id, who } = message
    const changing = how === 'edit' ? tickets.edit(who, id, `edited ${which}`) : tickets.remove(who, id)
    return changing.catch((error) => expect(error.code).toMatch(/CONFLICT|NOT_FOUND/))
  }

  const act = async (step: TicketStep): Promise<unknown> => {
    embedded.clock.advance(1)
    switch (step.do) {
      case 'say': {
        const who = WRITERS[step.who]
        const visibility = step.isNote && step.who !== 'ann' ? 'INTERNAL' : 'PUBLIC'
        const sending = tickets.send(who, { ticketId: step.ticket, body: `said ${said.length}`, visibility })
        return sending.then(({ message }) => said.push({ id: message.id, who })).catch(requireRefusal)
      }
      case 'edit':
      case 'delete':
        return change(step.which, step.do)
      case 'read':
        return tickets.markRead(WRITERS[step.who], step.ticket, 1 + Math.floor(said.length / 2)).catch(requireRefusal)
      case 'rename':
        return tickets.upsert({ id: step.ticket, subject: `${said.length}` })
      case 'give to Sam':
        return tickets.upsert({ id: step.ticket, assignee: { id: 'sam', role: 'AGENT' } })
      case 'take from Sam':
        return tickets.upsert({ id: step.ticket, assignee: null })
      case 'shut Ann out':
        return tickets.upsert({ id: step.ticket, participants: [] })
      case 'let Ann in':
        return tickets.upsert({ id: step.ticket, participants: [{ id: 'ann' }] })
      case 'lose events':
        return wire.cut()
      case 'connect':
        await pick(lists, step.back)?.reconnect()
        return pick(watched, step.device)?.device.connect(step.back, step.takes)
      case 'cut':
        return pick(watched, step.device)?.device.cut()
      case 'read in pieces':
        return settle(step)
      case 'settle':
        return settle()
    }
  }

  try {
    for (const step of steps) await act(step)
    await settle()
    for (const id of ['t1', 't2']) await tickets.upsert({ id, participants: [{ id: 'ann' }] })
    for (const [index, { device }] of watched.entries()) await device.connect(index * 3 + steps.length, null)
    await settle()
  } finally {
    await changed.stop()
    for (const { stop } of lists) await stop()
    for (const { device } of watched) await device.cut()
    await embedded.settled()
    await bus.close()
    await emptyDatabase(embedded.storage)
  }
}
