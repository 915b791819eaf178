import type { Role, Viewer } from '../auth/viewer.ts'
import type { Tx } from '../storage/storage.ts'
import { findTicket } from './access.ts'
import { type ActivityFilter, belongingOf } from './activity-snapshot.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { readDeparture } from './departures.ts'
import { type CappedCount, countUnread } from './read-marks.ts'
import { type Ticket, type TicketRow, toTicket } from './ticket.ts'

/** What the list of a viewer shows of a ticket. */
export interface ActivityLine {
  readonly ticketId: string
  /** Of its newest message that the viewer sees; 0 when there is none. */
  readonly number: number
  readonly authorRole: Role
  /** When that message was stored; without one, when the ticket was made known or lost. */
  readonly at: number
  readonly unreadCount: number
  readonly unread: CappedCount
  /** Null when it is none of the viewer's tickets. */
  readonly ticket: Ticket | null
}

const NOTHING = { count: 0, isCapped: false } as const

/** Of a ticket in which nothing was said, the backend is who made it known. */
const emptyLine = (ticketId: string, at: number, ticket: Ticket | null): ActivityLine => ({
  ticketId,
  number: 0,
  authorRole: 'BACKEND',
  at,
  unreadCount: 0,
  unread: NOTHING,
  ticket,
})

/** The ticket if it is one of those that the viewer follows. */
const findMine = async (
  tx: Tx,
  viewer: Viewer,
  ticketId: string,
  filter: ActivityFilter,
): Promise<TicketRow | undefined> => {
  const row = await findTicket(tx, viewer, ticketId)
  return belongingOf(viewer, filter) === 'assignee' && row?.assignee_id !== viewer.userId ? undefined : row
}

/** Reads what is to be told of a ticket; `now`, in milliseconds since 1970, stands for when it was lost, if nobody knows that. */
export const readLine = async (
  tx: Tx,
  viewer: Viewer,
  ticketId: string,
  { filter, cap, now }: { readonly filter: ActivityFilter; readonly cap: number; readonly now: number },
): Promise<ActivityLine> => {
  const row = await findMine(tx, viewer, ticketId, filter)
  if (!row) {
    const was = belongingOf(viewer, filter)
    const lostAt = was && (await readDeparture(tx, viewer.userId, was, ticketId))
    return emptyLine(ticketId, lostAt ?? now, null)
  }
  const audience = audienceOf(viewer)
  const ticket = toTicket(row, audience)
  const { number } = COLUMNS[audience]
  const newest = await tx
    .selectFrom('messages')
    .select([`${number} as number`, 'author', 'created_at'])
    .where('ticket_id', '=', ticketId)
    .where(number, 'is not', null)
    .orderBy(number, 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!newest || newest.number === null) return emptyLine(ticketId, row.created_at, ticket)
  const unread = await countUnread(tx, viewer, ticketId, cap)
  return {
    ticketId,
    number: newest.number,
    authorRole: JSON.parse(newest.author).role,
    at: newest.created_at,
    unreadCount: unread.count,
    unread,
    ticket,
  }
}
