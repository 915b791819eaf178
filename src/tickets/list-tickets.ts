import type { Viewer } from '../auth/viewer.ts'
import { pageCursor, timeAndIdOf } from '../feed/cursor.ts'
import { badInput } from '../lib/errors.ts'
import { requirePageSize } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { type Wanted, type WantedPage, WHOLE_PAGE, wantsEntries } from '../lib/wanted.ts'
import { readHistory } from '../storage/incarnation.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { findTicketFields } from './access.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { pageInfoOf } from './page-info.ts'
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

/** Which tickets. */
export interface TicketPaging {
  readonly first: number
  readonly after?: string | null | undefined
  /** Only these; all when left out. */
  readonly status?: readonly TicketStatus[] | null | undefined
}

/** The viewer's tickets, the latest change first: any for staff, their own for participants. */
const ticketsOf = (tx: Tx, { userId, role }: Viewer, wanted: Wanted) => {
  const audience = audienceOf({ role })
  const { at } = COLUMNS[audience]
  const tickets = tx
    .selectFrom('tickets')
    .select(ticketColumns(wanted, audience))
    .orderBy(at, 'desc')
    .orderBy('id', 'desc')
  return audience === 'staff'
    ? tickets
    : tickets.innerJoin('participants', 'ticket_id', 'id').where('participants.user_id', '=', userId)
}

/** Makes `Tickets.find` and `Tickets.list`. */
export const createListTickets = ({ storage, limits }: Deps) => {
  const readRows = (
    viewer: Viewer,
    { first, after, status }: TicketPaging,
    wanted: WantedPage,
  ): Promise<{ readonly epoch: string; readonly rows: readonly ReadTicketRow[] }> =>
    storage.read(async (tx) => {
      const { at } = COLUMNS[audienceOf(viewer)]
      // A database that went back in time has other tickets at the same places.
      const epoch = (await readHistory(tx)) + storage.epoch
      const place = after == null ? undefined : timeAndIdOf(after, epoch)
      if (!wantsEntries(wanted)) return { epoch, rows: [] }
      const rows = await ticketsOf(tx, viewer, wanted.entries)
        .$if(place !== undefined, (query) =>
          query.where(({ eb, refTuple, tuple }) => eb(refTuple(at, 'id'), '<', tuple(place?.at ?? 0, place?.id ?? ''))),
        )
        .$if(status != null, (query) => query.where('status', 'in', status ?? []))
        .limit(first + 1)
        .execute()
      return { epoch, rows }
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
