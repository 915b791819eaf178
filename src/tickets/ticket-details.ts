import { sql } from 'kysely'
import { inTurns } from '../lib/chunks.ts'
import { asks, type Wanted } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'
import { type Audience, COLUMNS } from './audience.ts'
import { asksMute, NOT_MUTED, readMutes } from './mutes.ts'
import { keyOf, type PlaceOf, readMarks, readUnread } from './places.ts'
import type { Ticket } from './ticket.ts'
import { excerptColumns, type MessageRow, messageColumns, type TicketMessage, toMessage } from './ticket-message.ts'
import { capped } from './unread-messages.ts'

/** Tickets of one statement: so few that it holds up nobody. */
const PER_STATEMENT = 100

/** What an operation asks of each ticket of several. `ticket` names its fields, `lastMessage` those of its newest message. */
export interface WantedDetails {
  readonly ticket: Wanted
  readonly lastMessage?: Wanted
}

/** Reads the newest message of each ticket that an audience sees. Tickets without one are left out. */
async function readLast(
  tx: Tx,
  audience: Audience,
  ids: readonly string[],
  wanted: Wanted,
): Promise<ReadonlyMap<string, TicketMessage>> {
  const last = new Map<string, TicketMessage>()
  const number = sql.ref(COLUMNS[audience].number)
  const columns = [...new Set([...messageColumns(wanted, audience), 'ticket_id', COLUMNS[audience].revision])]
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const { rows } = await sql<MessageRow>`
      SELECT ${sql.join(columns.map((column) => excerptColumns(wanted, column)))}
      FROM tickets t
      JOIN messages m ON m.ticket_id = t.id AND m.${number} = (SELECT max(x.${number}) FROM messages x WHERE x.ticket_id = t.id)
      WHERE t.id IN (${sql.join(some)})
    `.execute(tx)
    for (const row of rows) last.set(row.ticket_id, toMessage(row, audience))
  })
  return last
}

/** Adds to tickets of viewers what each viewer asks for, with a few statements for all of them. */
export type AddDetails = (place: PlaceOf, ticket: Ticket) => Ticket

/**
 * Reads what is the viewers' alone in these tickets, and the newest messages, as far as an operation asks for them. Returns a function that
 * adds them to a ticket. Nothing is read that is not wanted.
 */
export async function readDetails(
  tx: Tx,
  audience: Audience,
  places: readonly PlaceOf[],
  { ticket: wanted, lastMessage, cap, now }: WantedDetails & { readonly cap: number; readonly now: number },
): Promise<AddDetails> {
  const ids = [...new Set(places.map(({ ticketId }) => ticketId))]
  const unread = asks(wanted, 'unread', 'unreadCount') && (await readUnread(tx, audience, places, cap + 1))
  const marks = asks(wanted, 'lastReadNumber') && (await readMarks(tx, audience, places))
  const last = asks(wanted, 'lastMessage') && (await readLast(tx, audience, ids, lastMessage))
  const mutes = asksMute(wanted) && (await readMutes(tx, places, now))
  return ({ ticketId, userId }, ticket) => ({
    ...ticket,
    ...(unread && { unread: capped(unread.get(keyOf(ticketId, userId)) ?? 0, cap) }),
    ...(marks && { lastReadNumber: marks.get(keyOf(ticketId, userId)) || null }),
    ...(last && { lastMessage: last.get(ticketId) ?? null }),
    ...(mutes && { mute: mutes.get(keyOf(ticketId, userId)) ?? NOT_MUTED }),
  })
}
