import type { Viewer } from '../auth/viewer.ts'
import { cursorOf, numberOf, pageCursor } from '../delivery/cursor.ts'
import { badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { pageInfoOf, requirePageSize } from '../lib/pages.ts'
import { type Wanted, type WantedPage, WHOLE_PAGE, wantsEntries } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { StreamState } from '../storage/streams.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import type { Ticket } from './ticket.ts'
import { messageColumns, type TicketMessage, type TicketMessagePage, toMessage } from './ticket-message.ts'
import { readTicketStream } from './ticket-streams.ts'

/** Which part of a conversation to read. Without a size: the newest 20 messages of it. */
export interface MessagePaging {
  readonly first?: number | null | undefined
  readonly after?: string | null | undefined
  readonly last?: number | null | undefined
  readonly before?: string | null | undefined
}

/** The numbers of a page of messages, both included. Empty when `from` is larger than `to`. */
interface Range {
  readonly from: number
  readonly to: number
}

const DEFAULT_LAST = 20

function requireSizes({ first, last }: MessagePaging, max: number): void {
  if (first != null && last != null) throw badInput('Give first or last, not both.')
  if (first != null) requirePageSize('first', first, max)
  if (last != null) requirePageSize('last', last, max)
}

/** The numbers of a page. Message numbers have no holes, so they are known without reading. */
function rangeOf({ first, after, last, before }: MessagePaging, { epoch, entries }: StreamState): Range {
  const from = after == null ? 1 : numberOf(after, epoch) + 1
  const to = before == null ? entries : Math.min(numberOf(before, epoch) - 1, entries)
  if (first != null) return { from, to: Math.min(to, from + first - 1) }
  return { from: Math.max(from, to - (last ?? DEFAULT_LAST) + 1), to }
}

async function readRange(
  tx: Tx,
  ticketId: string,
  audience: Audience,
  { from, to }: Range,
  wanted: Wanted,
): Promise<TicketMessage[]> {
  const { number } = COLUMNS[audience]
  const rows = await tx
    .selectFrom('messages')
    .select(messageColumns(wanted, audience))
    .where('ticket_id', '=', ticketId)
    .where(number, '>=', from)
    .where(number, '<=', to)
    .orderBy(number)
    .execute()
  return rows.map((row) => toMessage(row, audience))
}

/** Creates `Tickets.messages`, which reads a page of a conversation, oldest message first. */
export function createConversation({ storage, limits }: { readonly storage: Storage; readonly limits: Limits }) {
  return async (
    viewer: Viewer,
    { id }: Pick<Ticket, 'id'>,
    paging: MessagePaging,
    wanted: WantedPage = WHOLE_PAGE,
  ): Promise<TicketMessagePage> => {
    requireSizes(paging, limits.pageSize)
    const audience = audienceOf(viewer)
    return storage.read(async (tx) => {
      const stream = await readTicketStream(tx, id, audience)
      const range = rangeOf(paging, stream)
      const nodes = wantsEntries(wanted) ? await readRange(tx, id, audience, range, wanted.entries) : []
      const edges = nodes.map((node) => ({ cursor: pageCursor(stream.epoch, node.number), node }))
      const more = { hasPreviousPage: range.from > 1, hasNextPage: range.to < stream.entries }
      return { edges, nodes, pageInfo: pageInfoOf(edges, more), resumeCursor: cursorOf(stream) }
    })
  }
}
