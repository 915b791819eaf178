import { sql } from 'kysely'
import { isStaff } from '../auth/viewer.ts'
import { notRead, type Wanted, wants } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'
import { readListed } from './list-rows.ts'
import type { TicketStatus } from './ticket.ts'
import { LATEST_FIRST, type TicketList } from './ticket-filter.ts'
import { type CappedCount, capped } from './unread-messages.ts'

/** How many tickets there are, as a filter says but for its statuses. */
export interface TicketCounts {
  readonly byStatus: readonly { readonly status: TicketStatus; readonly tickets: CappedCount }[]
  /** With messages that the viewer has not read, in the statuses of the filter. */
  readonly unread: CappedCount
}

const STATUSES: readonly TicketStatus[] = ['OPEN', 'PENDING', 'RESOLVED', 'CLOSED']

const ONLY_IDS: Wanted = new Set(['id'])

/** Counts of tickets by status, one more than the cap at most. `isMore`: not all tickets were looked at. */
interface Counted {
  readonly counts: Readonly<Partial<Record<TicketStatus, number>>>
  readonly isMore: boolean
}

/** The most tickets of a customer that are looked at. */
const MAX_OWN = 5_000

/** Counts a customer's tickets, whatever filters may want but for the time. */
async function countOwn(tx: Tx, { viewer, wish: { updatedSince } }: TicketList): Promise<Counted> {
  const since = updatedSince === undefined ? sql`` : sql`AND public_at >= ${updatedSince}`
  const { rows } = await sql<{ readonly status: TicketStatus; readonly count: number }>`
    SELECT own.status, CAST(count(*) AS integer) AS count
    FROM (
      SELECT (SELECT t.status FROM tickets t WHERE t.id = participants.ticket_id) AS status
      FROM participants WHERE user_id = ${viewer.userId} ${since} ORDER BY public_at DESC LIMIT ${MAX_OWN}
    ) own
    GROUP BY own.status
  `.execute(tx)
  const all = rows.reduce((sum, { count }) => sum + count, 0)
  return { counts: Object.fromEntries(rows.map(({ status, count }) => [status, count])), isMore: all >= MAX_OWN }
}

/** SQL that counts tickets of one status, in the charge of a user or of nobody where that is said, at most `max`. */
function countOf(status: TicketStatus, assigneeId: string | null | undefined, since: number, max: number) {
  const ofAssignee = assigneeId === null ? sql`AND assignee_id IS NULL` : sql`AND assignee_id = ${assigneeId}`
  // Sorted, so that it goes by an index.
  const order = assigneeId === null ? sql`assignee_id DESC, staff_at DESC` : sql`staff_at DESC`
  return sql`(SELECT count(*) FROM (
    SELECT 1 FROM tickets
    WHERE status = ${status} ${assigneeId === undefined ? sql`` : ofAssignee} AND staff_at >= ${since}
    ORDER BY ${order} LIMIT ${max}
  ) few)`
}

/** Counts all tickets, or those in the charge of some, by the index that has these together. */
async function countAll(tx: Tx, { wish: { charge, updatedSince = 0 } }: TicketList, max: number): Promise<Counted> {
  const assignees = charge ? [...charge.ids, ...(charge.nobody ? [null] : [])] : [undefined]
  const columns = STATUSES.map((status) => {
    const parts = assignees.map((assigneeId) => countOf(status, assigneeId, updatedSince, max))
    return sql`CAST(${sql.join(parts, sql` + `)} AS integer) AS ${sql.ref(status)}`
  })
  const { rows } = await sql<Counted['counts']>`SELECT ${sql.join(columns)}`.execute(tx)
  return { counts: rows[0] ?? {}, isMore: false }
}

/** Counts the tickets of a list by walking through it. */
async function countWalking(tx: Tx, list: TicketList, cap: number): Promise<CappedCount> {
  const whole = { ...list, order: LATEST_FIRST }
  const { rows, stoppedAt } = await readListed({ tx, list: whole, size: cap + 1, place: undefined, wanted: ONLY_IDS })
  return { count: Math.min(rows.length, cap), isCapped: rows.length > cap || stoppedAt !== undefined }
}

async function countByStatus(tx: Tx, list: TicketList, cap: number): Promise<TicketCounts['byStatus']> {
  const { wish, viewer } = list
  if (wish.unread === undefined && wish.charge?.othersThan === undefined) {
    const { counts, isMore } = await (isStaff(viewer) ? countAll(tx, list, cap + 1) : countOwn(tx, list))
    return STATUSES.map((status) => {
      const tickets = capped(counts[status] ?? 0, cap)
      return { status, tickets: { ...tickets, isCapped: tickets.isCapped || isMore } }
    })
  }
  const counted: { readonly status: TicketStatus; readonly tickets: CappedCount }[] = []
  for (const status of STATUSES) {
    const tickets = await countWalking(tx, { ...list, wish: { ...wish, statuses: [status] } }, cap)
    counted.push({ status, tickets })
  }
  return counted
}

/** Counts the tickets of a list, each number up to `cap`. What is not wanted is not counted, and is undefined. */
export async function countTickets(tx: Tx, list: TicketList, wanted: Wanted, cap: number): Promise<TicketCounts> {
  const { wish } = list
  const ofUnread = (): Promise<CappedCount> | CappedCount =>
    wish.unread === false ? capped(0, cap) : countWalking(tx, { ...list, wish: { ...wish, unread: true } }, cap)
  return {
    byStatus: wants(wanted, 'byStatus') ? await countByStatus(tx, list, cap) : notRead(),
    unread: wants(wanted, 'unread') ? await ofUnread() : notRead(),
  }
}
