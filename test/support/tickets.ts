import { onTestFinished } from 'vitest'
import type { Role, Viewer } from '../../src/auth/viewer.ts'
import { createBus } from '../../src/bus/bus.ts'
import { DEFAULT_LIMITS, DEFAULT_RETENTION, DEFAULT_TYPING, type Limits } from '../../src/lib/limits.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import type { Tickets, TicketsDeps } from '../../src/tickets/tickets.ts'
import { type Embedded, openEmbedded } from './embedded.ts'
import { openWire, type Wire } from './wire.ts'
import { createTickets } from './with-bus.ts'

function viewer(role: Role) {
  return (userId: string): Viewer => ({
    userId,
    role,
    name: userId,
    avatarUrl: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  })
}

export const customer = viewer('CUSTOMER')
export const agent = viewer('AGENT')
export const admin = viewer('ADMIN')
export const backend = viewer('BACKEND')('backend')

/** How long somebody stays in a ticket after their last connection was lost. */
export const TICKET_GRACE_MS = 5_000

export interface Desk extends Embedded {
  readonly tickets: Tickets
  readonly wire: Wire
  /** Another node over the same database and bus, with rooms of its own. */
  node(own?: Partial<TicketsDeps>): Tickets
  /** Makes a ticket whose participants are customers. */
  open(id: string, ...customers: readonly string[]): Promise<void>
  /** Says something in public. */
  say(who: Viewer, ticketId: string, body: string): Promise<TicketMessage>
  /** Writes an internal note. */
  note(who: Viewer, ticketId: string, body: string): Promise<TicketMessage>
}

/** Support conversations over a real database and a bus that carries JSON. Closes itself. */
export async function openDesk(limits: Partial<Limits> = {}): Promise<Desk> {
  const embedded = await openEmbedded()
  const { wire, openLink } = openWire()
  const bus = createBus({ ...embedded, openLink })
  onTestFinished(bus.close)
  const node = (own: Partial<TicketsDeps> = {}): Tickets =>
    createTickets({
      ...embedded,
      bus,
      limits: { ...DEFAULT_LIMITS, ...limits },
      typing: DEFAULT_TYPING,
      retention: DEFAULT_RETENTION,
      memberships: openMemoryMemberships(embedded),
      graceMs: TICKET_GRACE_MS,
      ...own,
    })
  const tickets = node()
  return {
    ...embedded,
    bus,
    tickets,
    wire,
    node,
    open: async (id, ...customers) => {
      await tickets.upsert({ id, participants: customers.map((userId) => ({ id: userId })) })
    },
    say: async (who, ticketId, body) => (await tickets.send(who, { ticketId, body })).message,
    note: async (who, ticketId, body) => (await tickets.send(who, { ticketId, body, visibility: 'INTERNAL' })).message,
  }
}
