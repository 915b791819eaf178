import { expect } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import type { Description } from '../../src/delivery/description.ts'
import { AppError } from '../../src/lib/errors.ts'
import type { TicketActivity } from '../../src/tickets/activity.ts'
import type { Ticket } from '../../src/tickets/ticket.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import type { Tickets } from '../../src/tickets/tickets.ts'
import { createLogDevice, type LogDevice } from './log-device.ts'
import { read } from './reader.ts'

/** Nothing but barriers happens here. */
export const BARRIERS = 'barriers'

/** Somebody may not do or see what they asked for. */
export function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND')
}

function byId(messages: readonly TicketMessage[]) {
  return Object.fromEntries(messages.map((message) => [message.id, message]))
}

/** Reads a conversation from the store. */
export function readAll(tickets: Tickets, viewer: Viewer, id: string) {
  return tickets.messages(viewer, { id }, { last: 100 })
}

/** A device beside what it must show. */
export interface Watched {
  readonly viewer: Viewer
  readonly device: LogDevice
  has(id: string): boolean
  compare(stored: readonly TicketMessage[]): void
}

/** A device that shows a conversation. */
export async function openConversation(tickets: Tickets, viewer: Viewer): Promise<Watched> {
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

/** One who follows a state. */
interface State {
  stop(): Promise<unknown>
  /** Resolves when it shows what `isThere` waits for. */
  catchUp(isThere: () => boolean): Promise<void>
}

/** Follows a state with a device. */
export type OpenState = <Item>(description: Description<Item>, apply: (item: Item) => void) => State

/** Follows a state with a device that reads only while it catches up: of what was told before, it gets the latest. */
export const openSlow: OpenState = (description, apply) => {
  const { next, stop } = read(description)
  return {
    stop,
    catchUp: async (isThere: () => boolean): Promise<void> => {
      while (!isThere()) apply(await next())
    },
  }
}

/** Follows a state with a device that takes every result as it comes. */
export const openQuick: OpenState = (description, apply) => {
  let wake = (): void => {}
  const state = openSlow(description, (item) => {
    apply(item)
    wake()
  })
  const reading = state.catchUp(() => false)
  reading.catch(() => {})
  return {
    stop: state.stop,
    catchUp: async (isThere) => {
      while (!isThere()) {
        const taken = new Promise<void>((resolve) => {
          wake = resolve
        })
        await Promise.race([reading, taken])
      }
    },
  }
}

/** A ticket that shows what it is told of its changes. */
export async function openTicket(tickets: Tickets, viewer: Viewer, open: OpenState) {
  let shown: Ticket | undefined
  const state = open(await tickets.followChanged(viewer, 't1'), (ticket) => {
    shown = ticket
  })
  return {
    stop: state.stop,
    catchUp: (subject: string) => state.catchUp(() => shown?.subject === subject),
    /** Expects that it shows what is stored, but for what need not be told. */
    compare: async (): Promise<void> => {
      const stored = await tickets.find(viewer, 't1')
      expect(shown).toMatchObject({ subject: stored?.subject, status: stored?.status, assignee: stored?.assignee })
    },
  }
}

type Line = Pick<TicketActivity, 'number' | 'unreadCount'>

/** Reads the lines of a list of tickets from the store. */
export async function readLines(tickets: Tickets, viewer: Viewer): Promise<Readonly<Record<string, Line>>> {
  const { nodes } = await tickets.list(viewer, { first: 100 })
  const mine = nodes.filter(({ assignee }) => viewer.role === 'CUSTOMER' || assignee?.id === viewer.userId)
  const lines = mine.map(async (ticket) => {
    const number = (await readAll(tickets, viewer, ticket.id)).nodes.at(-1)?.number ?? 0
    return [ticket.id, { number, unreadCount: await tickets.unreadCount(viewer, ticket) }] as const
  })
  return Object.fromEntries(await Promise.all(lines))
}

/** A list of tickets that shows what it is told. */
export async function openList(tickets: Tickets, viewer: Viewer, open: OpenState) {
  const shown = new Map<string, Line>()
  let isComplete = false
  const apply = ({ ticketId, change, snapshot, number, unreadCount }: TicketActivity): void => {
    if (snapshot?.place === 1) shown.clear()
    if (change === 'LEFT') shown.delete(ticketId)
    else shown.set(ticketId, { number, unreadCount })
    if (snapshot) isComplete = snapshot.place === snapshot.lines
  }
  const follow = async () => open(await tickets.followActivity(viewer, { assignedToMe: true }), apply)
  let state = await follow()
  return {
    viewer,
    stop: () => state.stop(),
    /** Resolves when it has got its snapshot. */
    complete: () => state.catchUp(() => isComplete),
    reconnect: async () => {
      await state.stop()
      state = await follow()
    },
    /** Expects that it shows these lines once it has got the barrier. */
    compare: async (barrier: number, stored: Readonly<Record<string, Line>>): Promise<void> => {
      await state.catchUp(() => shown.get(BARRIERS)?.number === barrier)
      expect(Object.fromEntries(shown)).toEqual(stored)
    },
  }
}
