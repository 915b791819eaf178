import { expect } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { type Bus, createBus } from '../../src/bus/bus.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import type { Tickets } from '../../src/tickets/tickets.ts'
import type { Embedded } from './embedded.ts'
import { emptyDatabase, pick } from './histories.ts'
import { revisionIn } from './inbox-device.ts'
import { readInPieces } from './log-device.ts'
import type { TicketHistory, TicketStep } from './ticket-steps.ts'
import {
  BARRIERS,
  isRefusal,
  openConversation,
  openList,
  openQuick,
  openSlow,
  openTicket,
  readAll,
  readLines,
} from './ticket-watched.ts'
import { agent, backend, customer } from './tickets.ts'
import { openWire } from './wire.ts'
import { createTickets } from './with-bus.ts'

const ann = customer('ann')
const sam = agent('sam')
const WRITERS = { ann, sam, backend } as const

function requireRefusal(error: unknown): void {
  if (!isRefusal(error)) throw error
}

/** Plays a history on an empty database: every device that is connected shows what is stored whenever things have settled. */
export async function playTicketHistory(embedded: Embedded, { messagesPerRead, steps }: TicketHistory): Promise<void> {
  const { wire, openLink, openUncut } = openWire()
  const bus = createBus({ ...embedded, openLink })
  const uncutBus = createBus({ ...embedded, openLink: openUncut })
  const nodeOn = (its: Bus): Tickets =>
    createTickets({
      ...embedded,
      bus: its,
      limits: DEFAULT_LIMITS,
      typing: DEFAULT_TYPING,
      retention: DEFAULT_RETENTION,
      memberships: openMemoryMemberships(embedded),
      graceMs: 0,
      messagesPerRead,
    })
  const tickets = nodeOn(bus)
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
  const lists = [await openList(tickets, ann, openSlow), await openList(tickets, sam, openSlow)]
  const changed = await openTicket(tickets, sam, openSlow)
  // These lose nothing and never begin anew: what they show, they know from what was told, and from nothing else.
  const uncut = nodeOn(uncutBus)
  const live = {
    lists: [await openList(uncut, ann, openQuick), await openList(uncut, sam, openQuick)],
    changed: await openTicket(uncut, sam, openQuick),
  }
  for (const { complete } of live.lists) await complete()
  let barriers = 0

  const expectTold = async (viewer: Viewer, audience: 'public' | 'staff'): Promise<void> => {
    const { resumeCursor } = await readAll(tickets, viewer, 't1')
    wire.expectTold(`ticket:t1:${audience}`, revisionIn(resumeCursor))
  }

  const compareStates = async (): Promise<void> => {
    barriers += 1
    await tickets.send(backend, { ticketId: BARRIERS, body: 'barrier' })
    for (const viewer of [ann, sam]) {
      const stored = await readLines(tickets, viewer)
      const its = [...lists, ...live.lists].filter((list) => list.viewer === viewer)
      for (const { compare } of its) await compare(barriers, stored)
    }
    await embedded.settled()
    await live.changed.compare()
  }

  const settle = async (pieces?: { readonly device: number; readonly back: number }): Promise<void> => {
    wire.mend()
    embedded.clock.advance(1)
    // Before anything else is told of the tickets, which would make up for what was not.
    await compareStates()
    embedded.clock.advance(1)
    const subject = `barrier ${barriers}`
    await tickets.upsert({ id: 't1', subject })
    const { message } = await tickets.send(sam, { ticketId: 't1', body: 'barrier' })
    await expectTold(ann, 'public')
    await expectTold(sam, 'staff')
    if (pieces) await readInPieces(pick(watched, pieces.device), pieces.back, message.id)
    for (const { viewer, device, has, compare } of watched) {
      if (await device.waitFor(() => has(message.id))) compare((await readAll(tickets, viewer, 't1')).nodes)
    }
    await changed.catchUp(subject)
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
    for (const { stop } of [changed, live.changed, ...lists, ...live.lists]) await stop()
    for (const { device } of watched) await device.cut()
    await embedded.settled()
    await bus.close()
    await uncutBus.close()
    await emptyDatabase(embedded.storage)
  }
}
