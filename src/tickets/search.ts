import { sql } from 'kysely'
import type { Viewer } from '../auth/viewer.ts'
import { pageCursor, timeAndIdOf } from '../delivery/cursor.ts'
import { requireText } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { type PageInfo, pageInfoOf, requirePageSize } from '../lib/pages.ts'
import { readHistory } from '../storage/incarnation.ts'
import { foundBy, type Terms } from '../storage/search-index.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Audience, audienceOf } from './audience.ts'
import { excerptAround, type SearchWords, searchWordsOf } from './search-excerpt.ts'
import { placeOf, subjectId } from './search-texts.ts'
import { type Ticket, toTicket } from './ticket.ts'
import { type TicketMessage, toMessage } from './ticket-message.ts'

/** Something that matches a search. */
export interface TicketSearchHit {
  readonly ticket: Ticket
  /** The message that matches. Null: the subject does. */
  readonly message: TicketMessage | null
  /** The matching text with what is around it, at most 200 characters. */
  readonly excerpt: string
}

/** A page of what matches a search, the latest first. */
export interface TicketSearchPage {
  readonly edges: readonly { readonly cursor: string; readonly node: TicketSearchHit }[]
  readonly nodes: readonly TicketSearchHit[]
  readonly pageInfo: PageInfo
}

/** What to search for, and which page of it. */
export interface TicketSearch {
  readonly query: string
  readonly first: number
  readonly after?: string | null | undefined
}

const QUERY = { max: 256 }
/** With more tickets, a customer's search looks at the texts of all, and leaves out those of others. */
const MAX_TICKET_TERMS = 500
/** A place behind all texts. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER

/** The tickets of a customer, by which the index is narrowed. Undefined: of staff, and where there are too many. */
async function ticketsOf(tx: Tx, viewer: Viewer): Promise<readonly string[] | undefined> {
  if (audienceOf(viewer) === 'staff') return undefined
  const rows = await tx
    .selectFrom('participants')
    .select('ticket_id')
    .where('user_id', '=', viewer.userId)
    .limit(MAX_TICKET_TERMS + 1)
    .execute()
  return rows.length > MAX_TICKET_TERMS ? undefined : rows.map(({ ticket_id }) => ticket_id)
}

/**
 * The place from which a page goes on. The cursor has the time and the id of the last hit, which its reader knows: the place itself can
 * depend on texts of others.
 */
async function placeBehind(tx: Tx, after: string | null | undefined, epoch: string): Promise<number> {
  if (after == null) return BEHIND_ALL
  const last = timeAndIdOf(after, epoch)
  const row = await tx.selectFrom('search_texts').select('place').where('id', '=', last.id).executeTakeFirst()
  return row?.place ?? placeOf(last)
}

/** A text that was found. */
interface FoundRow {
  readonly id: string
  readonly ticket_id: string
  readonly message_id: string | null
}

/** SQL that leaves out what the viewer may not see, whatever the index says. */
function visibleTo(viewer: Viewer) {
  // A ticket that is being deleted is gone at once, its texts are in steps.
  if (audienceOf(viewer) === 'staff') return sql`EXISTS (SELECT 1 FROM tickets t WHERE t.id = s.ticket_id)`
  return sql`(s.message_id IS NULL OR m.public_number IS NOT NULL) AND EXISTS (
    SELECT 1 FROM participants p WHERE p.ticket_id = s.ticket_id AND p.user_id = ${viewer.userId}
  )`
}

async function readFound(
  tx: Tx,
  viewer: Viewer,
  terms: Terms,
  { before, size }: { readonly before: number; readonly size: number },
): Promise<readonly FoundRow[]> {
  const { from, where, order } = foundBy(tx, terms, before)
  const { rows } = await sql<FoundRow>`
    SELECT s.id, s.ticket_id, s.message_id FROM ${from} LEFT JOIN messages m ON m.id = s.message_id
    WHERE ${where} AND m.deleted_at IS NULL AND ${visibleTo(viewer)}
    ORDER BY ${order} LIMIT ${size}
  `.execute(tx)
  return rows
}

/** Makes hits of what was found, in its order. */
async function readHits(
  tx: Tx,
  found: readonly FoundRow[],
  audience: Audience,
  search: SearchWords,
): Promise<readonly TicketSearchHit[]> {
  if (found.length === 0) return []
  const messageIds = found.flatMap(({ message_id }) => message_id ?? [])
  const ticketIds = [...new Set(found.map(({ ticket_id }) => ticket_id))]
  const tickets = await tx.selectFrom('tickets').selectAll().where('id', 'in', ticketIds).execute()
  const messages =
    messageIds.length === 0 ? [] : await tx.selectFrom('messages').selectAll().where('id', 'in', messageIds).execute()
  const ticketById = new Map(tickets.map((row) => [row.id, toTicket(row, audience)]))
  const messageById = new Map(messages.map((row) => [row.id, toMessage(row, audience)]))
  return found.flatMap(({ ticket_id, message_id }): readonly TicketSearchHit[] => {
    const ticket = ticketById.get(ticket_id)
    const message = message_id === null ? null : messageById.get(message_id)
    if (!ticket || message === undefined) return []
    return [{ ticket, message, excerpt: excerptAround((message ? message.body : ticket.subject) ?? '', search) }]
  })
}

function cursorAt(epoch: string, { ticket, message }: TicketSearchHit): string {
  return message
    ? pageCursor(epoch, message.createdAt, message.id)
    : pageCursor(epoch, ticket.createdAt, subjectId(ticket.id))
}

/** Creates `Tickets.search`, which finds messages and subjects that the viewer may see by their words. */
export function createSearch({ storage, limits }: { readonly storage: Storage; readonly limits: Limits }) {
  const find = (viewer: Viewer, search: SearchWords, { first, after }: TicketSearch) =>
    storage.read(async (tx) => {
      // A database that went back in time has other texts at the same places.
      const epoch = (await readHistory(tx)) + storage.epoch
      const before = await placeBehind(tx, after, epoch)
      const audience = audienceOf(viewer)
      const ticketIds = await ticketsOf(tx, viewer)
      if (search.words.length === 0 || ticketIds?.length === 0) return { epoch, hits: [] }
      const of: Terms['of'] = audience === 'staff' ? ['everybody', 'staff'] : ['everybody']
      const found = await readFound(tx, viewer, { ...search, of, ticketIds }, { before, size: first + 1 })
      return { epoch, hits: await readHits(tx, found, audience, search) }
    })

  return async (viewer: Viewer, asked: TicketSearch): Promise<TicketSearchPage> => {
    const first = requirePageSize('first', asked.first, limits.pageSize)
    const search = searchWordsOf(requireText('query', asked.query, QUERY))
    const { epoch, hits } = await find(viewer, search, asked)
    const nodes = hits.slice(0, first)
    const edges = nodes.map((node) => ({ cursor: cursorAt(epoch, node), node }))
    const more = { hasNextPage: hits.length > first, hasPreviousPage: asked.after != null }
    return { edges, nodes, pageInfo: pageInfoOf(edges, more) }
  }
}
