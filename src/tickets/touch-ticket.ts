import type { Tx } from '../storage/storage.ts'
import type { Visibility } from './audience.ts'
import type { ActivityTargets } from './publish-message.ts'
import { type TicketRow, touched } from './ticket.ts'

/**
 * Moves a ticket to the top of the lists of all who see a change of a message in it, and gives it another status where that is said.
 * Resolves to the users who must learn of that. Runs in a write that has locked the streams of the ticket.
 */
export async function touchTicket(
  tx: Tx,
  ticket: TicketRow,
  visibility: Visibility,
  now: number,
  status = ticket.status,
): Promise<ActivityTargets> {
  const versions = touched(ticket, visibility, now)
  await tx
    .updateTable('tickets')
    .set({ ...versions, status })
    .where('id', '=', ticket.id)
    .execute()
  const userIds = visibility === 'PUBLIC' ? await moveInLists(tx, ticket.id, versions.public_at) : []
  const isMoved = status !== ticket.status
  return {
    ticketId: ticket.id,
    assigneeId: ticket.assignee_id,
    status,
    ...(isMoved && { previousStatus: ticket.status }),
    reasons: isMoved ? ['MESSAGE', 'STATUS'] : ['MESSAGE'],
    userIds,
  }
}

/** Keeps the lists of the participants in the order of the ticket's time. Resolves to the participants. */
export async function moveInLists(tx: Tx, ticketId: string, public_at: number): Promise<readonly string[]> {
  const rows = await tx
    .updateTable('participants')
    .set({ public_at })
    .where('ticket_id', '=', ticketId)
    .returning('user_id')
    .execute()
  return rows.map(({ user_id }) => user_id)
}
