import { sql } from 'kysely'
import { isStaff, type Role, type Viewer } from '../auth/viewer.ts'
import type { Tx } from '../storage/storage.ts'
import { type ActivityFilter, belongingOf } from './activity-snapshot.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { readDeparture } from './departures.ts'
import type { CappedCount } from './read-marks.ts'
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

/** Those of the tickets that the viewer follows. */
const readMine = (tx: Tx, viewer: Viewer, ids: readonly string[], filter: ActivityFilter): Promise<TicketRow[]> =>
  tx
    .selectFrom('tickets')
    .selectAll('tickets')
    .where('tickets.id', 'in', ids)
    .$if(belongingOf(viewer, filter) === 'assignee', (query) => query.where('assignee_id', '=', viewer.userId))
    .$if(!isStaff(viewer), (query) =>
      query
        .innerJoin('participants', 'participants.ticket_id', 'tickets.id')
        .where('participants.user_id', '=', viewer.userId),
    )
    .execute()

interface Newest {
  readonly ticket_id: string
  readonly number: number
  readonly author: string
  readonly created_at: number
  /** Messages of others after the viewer's mark that still stand, one more than the cap at most. */
  readonly unread: number
}

/** The newest message of each ticket, and how many are unread there; tickets without one are left out. */
const readNewest = async (
  tx: Tx,
  viewer: Viewer,
  ids: readonly string[],
  cap: number,
): Promise<ReadonlyMap<string, Newest>> => {
  const audience = audienceOf(viewer)
  const number = sql.ref(COLUMNS[audience].number)
  const { rows } = await sql<Newest>`
    SELECT m.ticket_id, m.${number} AS number, m.author, m.created_at, (
      SELECT count(*) FROM (
        SELECT 1 FROM messages u
        WHERE u.ticket_id = t.id AND u.${number} > coalesce((
          SELECT r.number FROM ticket_reads r
          WHERE r.ticket_id = t.id AND r.user_id = ${viewer.userId} AND r.audience = ${audience}
        ), 0) AND u.author_id <> ${viewer.userId} AND u.deleted_at IS NULL
        LIMIT ${cap + 1}
      ) few
    ) AS unread
    FROM tickets t
    JOIN messages m ON m.ticket_id = t.id AND m.${number} = (SELECT max(x.${number}) FROM messages x WHERE x.ticket_id = t.id)
    WHERE t.id IN (${sql.join(ids)})
  `.execute(tx)
  return new Map(rows.map((row) => [row.ticket_id, row]))
}

/**
 * Reads what is to be told of some tickets, in their order; `now`, in milliseconds since 1970, stands for when one was lost, if nobody
 * knows that.
 */
export const readLines = async (
  tx: Tx,
  viewer: Viewer,
  ids: readonly string[],
  { filter, cap, now }: { readonly filter: ActivityFilter; readonly cap: number; readonly now: number },
): Promise<readonly ActivityLine[]> => {
  const mine = new Map((await readMine(tx, viewer, ids, filter)).map((row) => [row.id, row]))
  const newest = mine.size > 0 ? await readNewest(tx, viewer, [...mine.keys()], cap) : new Map<string, Newest>()
  const was = belongingOf(viewer, filter)
  const lines: ActivityLine[] = []
  for (const id of ids) {
    const row = mine.get(id)
    const last = newest.get(id)
    if (!row) {
      const lostAt = was && (await readDeparture(tx, viewer.userId, was, id))
      lines.push(emptyLine(id, lostAt ?? now, null))
    } else if (!last) {
      lines.push(emptyLine(id, row.created_at, toTicket(row, audienceOf(viewer))))
    } else {
      const unread = { count: Math.min(last.unread, cap), isCapped: last.unread > cap }
      lines.push({
        ticketId: id,
        number: last.number,
        authorRole: JSON.parse(last.author).role,
        at: last.created_at,
        unreadCount: unread.count,
        unread,
        ticket: toTicket(row, audienceOf(viewer)),
      })
    }
  }
  return lines
}
