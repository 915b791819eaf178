import { type RawBuilder, sql } from 'kysely'
import type { Wanted } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { comparing, type ListPlace } from './list-order.ts'
import { keyOf, readUnread } from './places.ts'
import { type ReadTicketRow, type TicketStatus, ticketColumns } from './ticket.ts'
import { isInCharge, isOfStatus, isRecent, type TicketList } from './ticket-filter.ts'

/** A part of a list to read. */
export interface Listing {
  readonly tx: Tx
  readonly list: TicketList
  /** How many tickets are wanted. */
  readonly size: number
  /** The place behind which to begin. Undefined: at the top. */
  readonly place: ListPlace | undefined
  readonly wanted: Wanted
}

/** The row of a ticket in a list, with the time by which the list is sorted, and what filters look at. */
export type ListRow = ReadTicketRow & ListPlace & { readonly assignee_id: string | null }

/** Tickets as they stand in a list. */
export interface ListPart {
  readonly rows: readonly ListRow[]
  /** The place at which looking ended, although there is more, and not as many were found as wanted. */
  readonly stoppedAt: ListPlace | undefined
}

/** Tickets of one statement, so that it never holds up the process. */
const MAX_CHUNK = 1_000
/** The same where messages of each are looked at. */
const MAX_UNREAD_CHUNK = 250
/** The most tickets that are looked at for what no index has in the order of the list. */
const MAX_LOOKED_AT = 10_000

/** A part of a list that an index has in the order of the list. Undefined: any. */
interface Range {
  readonly status?: TicketStatus | undefined
  /** Null: tickets in the charge of nobody. */
  readonly assigneeId?: string | null | undefined
}

/** Whether an index has tickets of one user's charge in the order of the list. */
function isByCharge({ wish: { charge }, order }: TicketList): boolean {
  return charge !== undefined && charge.othersThan === undefined && order.field === 'UPDATED_AT'
}

/** Whether tickets that the filter does not mean may have to be looked at, however many there are. A customer has only so many. */
function isSearching(list: TicketList): boolean {
  const { viewer, wish, order } = list
  if (wish.unread !== undefined) return true
  if (audienceOf(viewer) === 'public') return false
  return (wish.charge && !isByCharge(list)) || (wish.updatedSince !== undefined && order.field === 'CREATED_AT')
}

function rangesOf(list: TicketList): readonly Range[] {
  const { statuses, charge } = list.wish
  if (audienceOf(list.viewer) === 'public') return [{}]
  const ofStatus: readonly Range[] = statuses?.map((status) => ({ status })) ?? [{}]
  if (!charge || !isByCharge(list)) return ofStatus
  const assignees = [...charge.ids, ...(charge.nobody ? [null] : [])]
  return assignees.flatMap((assigneeId) => ofStatus.map((range) => ({ ...range, assigneeId })))
}

type Columns = readonly [at: RawBuilder<unknown>, id: RawBuilder<unknown>]

/** The columns that stand for a place in a list, in the tables that have it in its order. */
function placeColumns({ viewer, order }: TicketList): Columns {
  if (audienceOf(viewer) === 'public') return [sql.ref('participants.public_at'), sql.ref('participants.ticket_id')]
  return [sql.ref(order.field === 'CREATED_AT' ? 'tickets.created_at' : 'tickets.staff_at'), sql.ref('tickets.id')]
}

/** What a statement needs of a range: the conditions on it, and the columns by which it is sorted. */
function conditionsOf(
  { list }: Listing,
  { status, assigneeId }: Range,
  [at, id]: Columns,
  after: ListPlace | undefined,
) {
  const { viewer, wish, order } = list
  const behind = order.direction === 'ASC' ? sql`>` : sql`<`
  return [
    ...(audienceOf(viewer) === 'public' ? [sql`participants.user_id = ${viewer.userId}`] : []),
    ...(assigneeId === null ? [sql`tickets.assignee_id IS NULL`] : []),
    ...(assigneeId != null ? [sql`tickets.assignee_id = ${assigneeId}`] : []),
    ...(status === undefined ? [] : [sql`tickets.status = ${status}`]),
    ...(order.field === 'UPDATED_AT' && wish.updatedSince !== undefined ? [sql`${at} >= ${wish.updatedSince}`] : []),
    ...(after ? [sql`(${at}, ${id}) ${behind} (${after.at}, ${after.id})`] : []),
  ]
}

/**
 * Whether a customer's list is read in two steps: what the filter looks at of many tickets, and then the tickets that were found. Joined,
 * Postgres might read all tickets for the many.
 */
function isInSteps({ viewer, wish, order }: TicketList): boolean {
  const isPlain = wish.statuses === undefined && wish.unread === undefined && order.field === 'UPDATED_AT'
  return audienceOf(viewer) === 'public' && !isPlain
}

function ofTicket(column: 'status' | 'created_at') {
  const its = sql.ref(column)
  return sql`(SELECT t.${its} FROM tickets t WHERE t.id = participants.ticket_id) AS ${its}`
}

/** SQL for what is read of each ticket, and from where. */
function selectionOf({ list, wanted }: Listing) {
  const audience = audienceOf(list.viewer)
  if (isInSteps(list)) {
    const columns = sql`participants.ticket_id AS id, participants.public_at, ${ofTicket('status')}, ${ofTicket('created_at')}`
    return { columns, tables: sql`participants` }
  }
  const own = ['tickets.status', ...(audience === 'staff' ? ['tickets.assignee_id'] : [])]
  const columns = new Set<string>([...ticketColumns(wanted, audience), ...own])
  const joined = sql`participants JOIN tickets ON tickets.id = participants.ticket_id`
  return {
    columns: sql.join([...columns].map((column) => sql.ref(column))),
    tables: audience === 'staff' ? sql`tickets` : joined,
  }
}

/** Reads the next tickets of a range behind a place, whether or not the filter means them. */
async function readNext(listing: Listing, range: Range, after: ListPlace | undefined, limit: number) {
  const [at, id] = placeColumns(listing.list)
  const { columns, tables } = selectionOf(listing)
  const conditions = conditionsOf(listing, range, [at, id], after)
  const direction = sql.raw(listing.list.order.direction)
  // Named in the order, too: Postgres does not take IS NULL for a constant.
  const nobodyFirst = range.assigneeId === null ? sql`tickets.assignee_id ${direction}, ` : sql``
  const { rows } = await sql<ListRow>`
    SELECT ${columns}, ${at} AS at FROM ${tables}
    ${conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``}
    ORDER BY ${nobodyFirst}${at} ${direction}, ${id} ${direction} LIMIT ${limit}
  `.execute(listing.tx)
  return rows
}

/** Those tickets that the filter means. */
async function meantOf({ tx, list }: Listing, rows: readonly ListRow[]): Promise<readonly ListRow[]> {
  const { viewer, wish } = list
  const audience = audienceOf(viewer)
  const isMeant = (row: ListRow): boolean =>
    isOfStatus(wish, row.status) &&
    isRecent(wish, row[COLUMNS[audience].at]) &&
    isInCharge(wish.charge, row.assignee_id)
  const meant = rows.filter(isMeant)
  if (wish.unread === undefined || meant.length === 0) return meant
  const { userId } = viewer
  const unread = await readUnread(
    tx,
    audience,
    meant.map(({ id }) => ({ ticketId: id, userId })),
    1,
  )
  return meant.filter(({ id }) => (unread.get(keyOf(id, userId)) ?? 0) > 0 === wish.unread)
}

/** How a walk through a range goes. */
interface Walk {
  /** The walk need not go beyond this place. */
  readonly until: ListPlace | undefined
  /** How many tickets it may look at. */
  readonly max: number
}

/** Walks through a range until enough tickets were found, some per statement. */
async function walk(listing: Listing, range: Range, { until, max }: Walk): Promise<ListPart> {
  const { list, size } = listing
  const isBehind = comparing(list)
  const found: ListRow[] = []
  let looked = 0
  // Mostly the filter means all that the range has.
  let chunk = Math.min(size, MAX_CHUNK, max)
  for (let { place } = listing; ; ) {
    const rows = await readNext(listing, range, place, chunk)
    const last = rows.at(-1)
    found.push(...(await meantOf(listing, rows)))
    looked += rows.length
    if (!last || rows.length < chunk || found.length >= size || (until && isBehind(last, until) >= 0)) {
      return { rows: found, stoppedAt: undefined }
    }
    if (looked >= max) return { rows: found, stoppedAt: { at: last.at, id: last.id } }
    place = { at: last.at, id: last.id }
    chunk = Math.min(chunk * 2, list.wish.unread === undefined ? MAX_CHUNK : MAX_UNREAD_CHUNK, max - looked)
  }
}

/** Reads all tickets of a customer, whose index has them by another time, and keeps those that come first. */
async function readSorted(listing: Listing): Promise<ListPart> {
  const { list, size, place } = listing
  const isBehind = comparing(list)
  let kept: readonly ListRow[] = []
  for (let after: ListPlace | undefined; ; ) {
    const rows = await readNext({ ...listing, place: undefined }, {}, after, MAX_CHUNK)
    const sortable = (await meantOf(listing, rows)).map((row) => ({ ...row, at: row.created_at }))
    const behind = sortable.filter((row) => !place || isBehind(row, place) > 0)
    kept = [...kept, ...behind].sort(isBehind).slice(0, size)
    after = rows.at(-1)
    if (!after || rows.length < MAX_CHUNK) return { rows: kept, stoppedAt: undefined }
  }
}

/** Reads what is wanted of tickets that were found. */
async function complete({ tx, list, wanted }: Listing, { rows, stoppedAt }: ListPart): Promise<ListPart> {
  if (rows.length === 0) return { rows, stoppedAt }
  const whole = await tx
    .selectFrom('tickets')
    .select(ticketColumns(wanted, audienceOf(list.viewer)))
    .where(
      'id',
      'in',
      rows.map(({ id }) => id),
    )
    .execute()
  const byId = new Map(whole.map((row) => [row.id, row]))
  return { rows: rows.map((row) => ({ ...row, ...byId.get(row.id) })), stoppedAt }
}

async function readRanges(listing: Listing): Promise<ListPart> {
  const { list, size } = listing
  const isBehind = comparing(list)
  const ranges = rangesOf(list)
  const max = isSearching(list) ? Math.ceil(MAX_LOOKED_AT / ranges.length) : Number.POSITIVE_INFINITY
  let rows: readonly ListRow[] = []
  let stoppedAt: ListPlace | undefined
  for (const range of ranges) {
    const until = rows.length >= size ? rows.at(-1) : stoppedAt
    const part = await walk(listing, range, { until, max })
    if (part.stoppedAt && (!stoppedAt || isBehind(part.stoppedAt, stoppedAt) < 0)) stoppedAt = part.stoppedAt
    const end = stoppedAt
    rows = [...rows, ...part.rows]
      .sort(isBehind)
      .filter((row) => !end || isBehind(row, end) <= 0)
      .slice(0, size)
  }
  return { rows, stoppedAt: rows.length < size ? stoppedAt : undefined }
}

/**
 * Reads the next tickets of a list behind a place, in its order, at most `size`. Of each status, and of each user in charge, no more are
 * looked at than it takes, so a rare one costs no more than another.
 */
export async function readListed(listing: Listing): Promise<ListPart> {
  const { list } = listing
  if (!isInSteps(list)) return readRanges(listing)
  return complete(listing, await (list.order.field === 'CREATED_AT' ? readSorted(listing) : readRanges(listing)))
}
