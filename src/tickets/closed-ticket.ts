import { isStaff, type Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Visibility } from './audience.ts'
import type { Ticket } from './ticket.ts'

/** Something that a viewer does to what participants see of a ticket. */
export type Deed = 'send' | 'edit' | 'delete' | 'react' | 'type'

/**
 * Which viewers may still do each deed once the ticket is closed. All that is not named here goes on as before: reading, marking as read,
 * following, custom events, and `upsertTicket`. The table for users is at `TicketStatus.CLOSED` in the schema.
 */
const WHEN_CLOSED: Readonly<Record<Deed, 'staff' | 'nobody'>> = {
  send: 'nobody',
  edit: 'nobody',
  react: 'nobody',
  type: 'nobody',
  // What must not be there has to be taken out, whenever that is noticed.
  delete: 'staff',
}

/** Throws CONFLICT when a ticket is closed and the viewer may no longer do this. Internal notes go on. */
export function requireOpen(
  { status }: Pick<Ticket, 'status'> | { readonly status: string },
  viewer: Pick<Viewer, 'role'>,
  deed: Deed,
  visibility: Visibility,
): void {
  if (status !== 'CLOSED' || visibility === 'INTERNAL') return
  if (WHEN_CLOSED[deed] === 'staff' && isStaff(viewer)) return
  throw new AppError('CONFLICT', 'This ticket is closed.', { reason: 'TICKET_CLOSED' })
}
