import type { Role, Viewer } from '../../src/auth/viewer.ts'
import { DEFAULT_LIMITS, DEFAULT_TYPING, type Limits } from '../../src/lib/limits.ts'
import { createMemoryTicketRooms } from '../../src/tickets/memory-ticket-rooms.ts'
import type { TicketMessage } from '../../src/tickets/ticket-message.ts'
import { createTickets, type Tickets } from '../../src/tickets/tickets.ts'
import { type Embedded, openEmbedded } from './embedded.ts'

const viewer =
  (role: Role) =>
  (userId: string): Viewer => ({ userId, role, name: userId, avatarUrl: null, expiresAt: Number.MAX_SAFE_INTEGER })

export const customer = viewer('CUSTOMER')
export const agent = viewer('AGENT')
export const admin = viewer('ADMIN')
export const backend = viewer('BACKEND')('backend')

export interface Desk extends Embedded {
  readonly tickets: Tickets
  /** Makes a ticket whose participants are customers. */
  open(id: string, ...customers: readonly string[]): Promise<void>
  /** Says something in public. */
  say(who: Viewer, ticketId: string, body: string): Promise<TicketMessage>
  /** Writes an internal note. */
  note(who: Viewer, ticketId: string, body: string): Promise<TicketMessage>
}

/** Support conversations as they run when nothing is configured. Closes itself. */
export const openDesk = async (limits: Partial<Limits> = {}): Promise<Desk> => {
  const embedded = await openEmbedded()
  const tickets = createTickets({
    ...embedded,
    limits: { ...DEFAULT_LIMITS, ...limits },
    typing: DEFAULT_TYPING,
    rooms: createMemoryTicketRooms(),
  })
  return {
    ...embedded,
    tickets,
    open: async (id, ...customers) => {
      await tickets.upsert({ id, participants: customers.map((userId) => ({ id: userId })) })
    },
    say: async (who, ticketId, body) => (await tickets.send(who, { ticketId, body })).message,
    note: async (who, ticketId, body) => (await tickets.send(who, { ticketId, body, visibility: 'INTERNAL' })).message,
  }
}
