import { sql } from 'kysely'
import { isStaff, type Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Fail } from '../delivery/description.ts'
import { AppError, notFound } from '../lib/errors.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf, type Visibility } from './audience.ts'
import { type ReadTicketRow, type TicketRow, ticketColumns } from './ticket.ts'
import { lockTicketIf, type TicketStreams } from './ticket-streams.ts'
import { accessTopic } from './topics.ts'

/** Selects the row of a ticket that the viewer may see: any ticket for staff, their own for participants. */
function selectMine(tx: Tx, viewer: Viewer, ticketId: string) {
  return tx
    .selectFrom('tickets')
    .where('tickets.id', '=', ticketId)
    .$if(!isStaff(viewer), (query) =>
      query.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('participants')
            .select('user_id')
            .where('ticket_id', '=', ticketId)
            .where('user_id', '=', viewer.userId),
        ),
      ),
    )
}

/** Reads a ticket that the viewer may see. Undefined when it does not exist or is not theirs. */
export function findTicket(tx: Tx, viewer: Viewer, ticketId: string): Promise<TicketRow | undefined> {
  return selectMine(tx, viewer, ticketId).selectAll('tickets').executeTakeFirst()
}

/** `findTicket` that reads the columns of the wanted fields only. */
export function findTicketFields(
  tx: Tx,
  viewer: Viewer,
  ticketId: string,
  wanted: Wanted,
): Promise<ReadTicketRow | undefined> {
  return selectMine(tx, viewer, ticketId)
    .select(ticketColumns(wanted, audienceOf(viewer)))
    .executeTakeFirst()
}

/** Reads a ticket that the viewer may see. Throws NOT_FOUND, in the same words whether it does not exist or is not theirs. */
export async function requireTicket(tx: Tx, viewer: Viewer, ticketId: string): Promise<TicketRow> {
  const ticket = await findTicket(tx, viewer, ticketId)
  if (!ticket) throw notFound('Ticket')
  return ticket
}

/**
 * Keeps other writers of a ticket out until the transaction ends, for a viewer who may see it. For another viewer it neither waits nor
 * keeps a writer waiting. It throws NOT_FOUND, in the same words whether the ticket does not exist or is not theirs.
 */
export async function lockTicketFor(
  tx: Tx,
  viewer: Viewer,
  ticketId: string,
  visibility: Visibility,
): Promise<TicketStreams> {
  const canSee = sql`EXISTS ${selectMine(tx, viewer, ticketId).select('tickets.id')}`
  const streams = await lockTicketIf(tx, ticketId, visibility, canSee)
  if (!streams) throw notFound('Ticket')
  return streams
}

/** The error FORBIDDEN for a viewer who saw the ticket until now and no longer may. */
export function accessLost(): AppError {
  return new AppError('FORBIDDEN', 'You no longer have access to this ticket.')
}

/** Throws FORBIDDEN when a running subscription of the viewer may not go on. */
export async function requireAccess(tx: Tx, viewer: Viewer, ticketId: string): Promise<void> {
  if (!(await findTicket(tx, viewer, ticketId))) throw accessLost()
}

/**
 * Calls `fail` with FORBIDDEN when a viewer loses access to a ticket, or with the error when that cannot be checked. Returns a function
 * that stops guarding.
 */
export type GuardAccess = (viewer: Viewer, ticketId: string, fail: Fail) => () => void

/**
 * Creates `GuardAccess`. It asks the store once it is subscribed, because access may have been lost since it was first checked. It asks
 * again when an event says that this viewer was removed or that the ticket was deleted, and after each gap. Staff loses a ticket only when
 * that is deleted: its access is its token, so it is not asked at the beginning.
 */
export function createGuard({ storage, bus }: { readonly storage: Storage; readonly bus: Bus }): GuardAccess {
  return (viewer, ticketId, fail) => {
    const check = (): void => {
      storage.read((tx) => requireAccess(tx, viewer, ticketId)).catch(fail)
    }
    const subscription = bus.subscribe(accessTopic(ticketId), {
      event: ({ removed, isDeleted = false }) => {
        if (isDeleted || (!isStaff(viewer) && removed.includes(viewer.userId))) check()
      },
      gap: check,
    })
    // A bus that is away reports a gap when it is back, and has logged that it is away.
    if (!isStaff(viewer)) subscription.live.then(check, () => {})
    return () => subscription.end()
  }
}
