import type { Viewer } from '../auth/viewer.ts'
import { pageCursor, timeAndIdOf } from '../delivery/cursor.ts'
import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { type PageInfo, pageInfoOf, requirePageSize } from '../lib/pages.ts'
import { type Wanted, type WantedPage, WHOLE_PAGE, wantsEntries } from '../lib/wanted.ts'
import { readHistory } from '../storage/incarnation.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { findTicketFields } from './access.ts'
import { audienceOf } from './audience.ts'
import type { ListPlace } from './list-order.ts'
import { type ListPart, readListed } from './list-rows.ts'
import { type Ticket, type TicketStatus, toTicket } from './ticket.ts'
import { countTickets, type TicketCounts } from './ticket-counts.ts'
import { readDetails, type WantedDetails } from './ticket-details.ts'
import { LATEST_FIRST, type TicketFilter, type TicketList, type TicketOrder, wishOf } from './ticket-filter.ts'
import type { TicketMessage } from './ticket-message.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
}

/** Which page of the viewer's tickets to list. */
export interface TicketPaging {
  readonly first: number
  readonly after?: string | null | undefined
  readonly filter?: TicketFilter | null | undefined
  readonly orderBy?: Partial<TicketOrder> | null | undefined
  /** The same as `filter.status`. */
  readonly status?: readonly TicketStatus[] | null | undefined
}

/** A ticket on a page, with its page cursor. */
export interface TicketEdge {
  readonly cursor: string
  readonly node: Ticket
}

/** A page of tickets, in the order that was asked for. */
export interface TicketPage {
  readonly edges: readonly TicketEdge[]
  readonly nodes: readonly Ticket[]
  readonly pageInfo: PageInfo
  /** The list of which this is a page, to be counted when that is asked for. */
  readonly list: TicketList
}

/** The fields that an operation asks of a page of tickets, of its tickets, and of the newest message of each. */
export interface WantedTickets extends WantedPage {
  readonly lastMessage?: Wanted
}

/** The list that is meant. Throws BAD_USER_INPUT where the filter is no good. */
export function listOf(viewer: Viewer, { filter, orderBy, status }: Omit<TicketPaging, 'first'>): TicketList {
  if (status != null && filter?.status != null) throw badInput('Give filter.status or status, not both.')
  if (status?.length === 0) throw badInput('status must not be empty.')
  return {
    viewer,
    wish: wishOf(viewer, status == null ? filter : { ...filter, status }),
    order: { ...LATEST_FIRST, ...orderBy },
  }
}

/** What a page cursor of a list says beside the place: by which time it is sorted, unless that is the usual one. */
function sortOf({ order }: TicketList): readonly string[] {
  return order.field === 'CREATED_AT' ? ['created'] : []
}

/** A page of a list, as it is read. */
interface PageToRead {
  readonly list: TicketList
  readonly first: number
  readonly after: string | null | undefined
}

const NOTHING: ListPart = { rows: [], stoppedAt: undefined }

/** Reads a page of a list of tickets, with what is asked of each. */
export async function readTicketPage(
  { storage, clock, limits }: Deps,
  tx: Tx,
  { list, first, after }: PageToRead,
  wanted: WantedTickets = WHOLE_PAGE,
): Promise<TicketPage> {
  const { viewer } = list
  const audience = audienceOf(viewer)
  // A database that went back in time has other tickets at the same places.
  const epoch = (await readHistory(tx)) + storage.epoch
  const sort = sortOf(list)
  const place = after == null ? undefined : timeAndIdOf(after, epoch, sort[0])
  const listing = { tx, list, size: first + 1, place, wanted: wanted.entries }
  const { rows, stoppedAt } = wantsEntries(wanted) ? await readListed(listing) : NOTHING
  const shown = rows.slice(0, first)
  const places = shown.map(({ id }) => ({ ticketId: id, userId: viewer.userId }))
  const details = { ticket: wanted.entries, lastMessage: wanted.lastMessage, cap: limits.unreadCap, now: clock.now() }
  const add = await readDetails(tx, audience, places, details)
  const cursorAt = ({ at, id }: ListPlace): string => pageCursor(epoch, at, id, ...sort)
  const edges = shown.map((row) => ({
    cursor: cursorAt(row),
    node: add({ ticketId: row.id, userId: viewer.userId }, toTicket(row, audience)),
  }))
  const isStopped = stoppedAt !== undefined && rows.length <= first
  const pageInfo = pageInfoOf(edges, { hasNextPage: rows.length > first || isStopped, hasPreviousPage: after != null })
  return {
    list,
    edges,
    nodes: edges.map(({ node }) => node),
    // Where looking ended: the next page goes on there.
    pageInfo: isStopped ? { ...pageInfo, endCursor: cursorAt(stoppedAt) } : pageInfo,
  }
}

/** Creates what `Tickets` has about reading tickets and lists of them: `find`, `list`, `counts`, `lastMessage` and `lastReadNumber`. */
export function createListTickets(deps: Deps) {
  const { storage, clock, limits } = deps

  const detail = (viewer: Viewer, ticket: Ticket, wanted: WantedDetails): Promise<Ticket> =>
    storage.read(async (tx) => {
      const place = { ticketId: ticket.id, userId: viewer.userId }
      const details = { ...wanted, cap: limits.unreadCap, now: clock.now() }
      const add = await readDetails(tx, audienceOf(viewer), [place], details)
      return add(place, ticket)
    })

  return {
    find: async (viewer: Viewer, id: string, wanted?: Wanted): Promise<Ticket | null> => {
      const row = await storage.read((tx) => findTicketFields(tx, viewer, id, wanted))
      return row ? toTicket(row, audienceOf(viewer)) : null
    },
    list: async (viewer: Viewer, paging: TicketPaging, wanted?: WantedTickets): Promise<TicketPage> => {
      const first = requirePageSize('first', paging.first, limits.pageSize)
      const page = { list: listOf(viewer, paging), first, after: paging.after }
      return storage.read((tx) => readTicketPage(deps, tx, page, wanted))
    },
    counts: ({ list }: Pick<TicketPage, 'list'>, wanted?: Wanted): Promise<TicketCounts> =>
      storage.read((tx) => countTickets(tx, list, wanted, limits.ticketCountCap)),
    lastMessage: async (viewer: Viewer, ticket: Ticket, wanted?: Wanted): Promise<TicketMessage | null> =>
      (await detail(viewer, ticket, { ticket: new Set(['lastMessage']), lastMessage: wanted })).lastMessage ?? null,
    lastReadNumber: async (viewer: Viewer, ticket: Ticket): Promise<number | null> =>
      (await detail(viewer, ticket, { ticket: new Set(['lastReadNumber']) })).lastReadNumber ?? null,
  }
}
