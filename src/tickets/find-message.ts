import type { Viewer } from '../auth/viewer.ts'
import { notFound } from '../lib/errors.ts'
import type { Tx } from '../storage/storage.ts'
import { findTicket } from './access.ts'
import { audienceOf } from './audience.ts'
import type { TicketRow } from './ticket.ts'
import { type MessageRow, visibilityOf } from './ticket-message.ts'

/** Reads a message that the viewer sees, and its ticket. Throws NOT_FOUND, in the same words whether it does not exist or is not theirs. */
export async function requireMessage(tx: Tx, viewer: Viewer, id: string): Promise<[MessageRow, TicketRow]> {
  const row = await tx.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound('Message')
  const ticket = await findTicket(tx, viewer, row.ticket_id)
  if (!ticket || (audienceOf(viewer) === 'public' && visibilityOf(row) === 'INTERNAL')) throw notFound('Message')
  return [row, ticket]
}
