import type { Viewer } from '../auth/viewer.ts'
import { pageCursor, timeAndIdOf } from '../delivery/cursor.ts'
import { badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { pageInfoOf, requirePageSize } from '../lib/pages.ts'
import { type Wanted, type WantedPage, WHOLE_PAGE, wantsEntries } from '../lib/wanted.ts'
import { readHistory } from '../storage/incarnation.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { findTicketFields } from './access.ts'
import { audienceOf } from './audience.ts'
import {
  type ReadTicketRow,
  type Ticket,
  type TicketPage,
  type TicketStatus,
  ticketColumns,
  toTicket,
} from './ticket.ts'

interface Deps {
  readonly storage: Storage
  readonly limits: Limits
}

/** Which page of the viewer's tickets to list. */
export interface TicketPaging {
  readonly first: number
  readonly after?: string | null | undefined
  /** Only tickets with one of these statuses. Left out: all. */
  readonly status?: readonly TicketStatus[] | null | undefined
}

/** A place in a list of tickets; a page begins behind it. */
interface Place {
  readonly at: number
  readonly id: string
}

/** A page of tickets that is being read. */
interface Listing {
  readonly tx: Tx
  readonly userId: string
  readonly size: number
  /** The place behind which the page begins. Undefined: it begins at the top. */
  readonly place: Place | undefined
  readonly statuses: readonly TicketStatus[] | undefined
  readonly wanted: Wanted
}

/** Tickets that one statement looks at for those with a status, so that it never holds up the process. */
const TICKETS_PER_STATEMENT = 1_000

/** Selects all tickets, or those with one status, by the index `tickets_staff` or `tickets_status`. */
function selectAny({ tx, size, place, wanted }: Listing, status?: TicketStatus) {
  return tx
    .selectFrom('tickets')
    .select(ticketColumns(wanted, 'staff'))
    .$if(status !== undefined, (query) => query.where('status', '=', status ?? ''))
    .$if(place !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('staff_at', 'id'), '<', tuple(place?.at ?? 0, place?.id ?? '')),
      ),
    )
    .orderBy('staff_at', 'desc')
    .orderBy('id', 'desc')
    .limit(size)
}

/** Reads a page of all tickets. Of each status no more are read than the page can have, so a rare status costs no more than another. */
async function readAny(listing: Listing): Promise<readonly ReadTicketRow[]> {
  const { statuses, size } = listing
  if (!statuses) return selectAny(listing).execute()
  const rows: ReadTicketRow[] = []
  for (const status of statuses) rows.push(...(await selectAny(listing, status).execute()))
  // Ids are compared bytewise, as both databases sort them.
  return rows
    .sort((a, b) => b.staff_at - a.staff_at || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)))
    .slice(0, size)
}

/** Selects the tickets of a participant behind a place, by the index `participants_list`. */
function selectPlaces({ tx, userId }: Listing, place: Place | undefined) {
  return tx
    .selectFrom('participants')
    .where('participants.user_id', '=', userId)
    .$if(place !== undefined, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('participants.public_at', 'participants.ticket_id'), '<', tuple(place?.at ?? 0, place?.id ?? '')),
      ),
    )
    .orderBy('participants.public_at', 'desc')
    .orderBy('participants.ticket_id', 'desc')
}

function selectOwn(listing: Listing, place: Place | undefined) {
  return selectPlaces(listing, place)
    .innerJoin('tickets', 'tickets.id', 'participants.ticket_id')
    .select(ticketColumns(listing.wanted, 'public'))
}

/** Reads a page of a participant's tickets. When statuses are given, it walks down the list, some tickets per statement. */
async function readOwn(listing: Listing): Promise<readonly ReadTicketRow[]> {
  const { size, statuses } = listing
  if (!statuses) return selectOwn(listing, listing.place).limit(size).execute()
  const rows: ReadTicketRow[] = []
  for (let { place } = listing; ; ) {
    const end = await selectPlaces(listing, place)
      .select(['participants.public_at as at', 'participants.ticket_id as id'])
      .offset(TICKETS_PER_STATEMENT - 1)
      .limit(1)
      .executeTakeFirst()
    const some = selectOwn(listing, place)
      .where('tickets.status', 'in', statuses)
      .$if(end !== undefined, (query) =>
        query.where(({ eb, refTuple, tuple }) =>
          eb(refTuple('participants.public_at', 'participants.ticket_id'), '>=', tuple(end?.at ?? 0, end?.id ?? '')),
        ),
      )
    rows.push(...(await some.limit(size - rows.length).execute()))
    if (end === undefined || rows.length === size) return rows
    place = end
  }
}

/** Creates `Tickets.find`, which reads one ticket, and `Tickets.list`, which reads a page of the viewer's tickets. */
export function createListTickets({ storage, limits }: Deps) {
  const readRows = (
    viewer: Viewer,
    { first, after, status }: TicketPaging,
    wanted: WantedPage,
  ): Promise<{ readonly epoch: string; readonly rows: readonly ReadTicketRow[] }> =>
    storage.read(async (tx) => {
      // A database that went back in time has other tickets at the same places.
      const epoch = (await readHistory(tx)) + storage.epoch
      const place = after == null ? undefined : timeAndIdOf(after, epoch)
      if (!wantsEntries(wanted)) return { epoch, rows: [] }
      const { userId } = viewer
      const statuses = status ? [...new Set(status)] : undefined
      const listing = { tx, userId, size: first + 1, place, statuses, wanted: wanted.entries }
      return { epoch, rows: await (audienceOf(viewer) === 'staff' ? readAny(listing) : readOwn(listing)) }
    })

  return {
    find: async (viewer: Viewer, id: string, wanted?: Wanted): Promise<Ticket | null> => {
      const row = await storage.read((tx) => findTicketFields(tx, viewer, id, wanted))
      return row ? toTicket(row, audienceOf(viewer)) : null
    },
    list: async (viewer: Viewer, paging: TicketPaging, wanted: WantedPage = WHOLE_PAGE): Promise<TicketPage> => {
      const first = requirePageSize('first', paging.first, limits.pageSize)
      if (paging.status?.length === 0) throw badInput('status must not be empty.')
      const audience = audienceOf(viewer)
      const { epoch, rows } = await readRows(viewer, paging, wanted)
      const nodes = rows.slice(0, first).map((row) => toTicket(row, audience))
      const edges = nodes.map((node) => ({ cursor: pageCursor(epoch, node.updatedAt, node.id), node }))
      const more = { hasNextPage: rows.length > first, hasPreviousPage: paging.after != null }
      return { edges, nodes, pageInfo: pageInfoOf(edges, more) }
    },
  }
}
