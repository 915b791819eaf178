import type { ExpressionBuilder } from 'kysely'
import type { Viewer } from '../auth/viewer.ts'
import { cursorOf, numberOf, pageCursor } from '../delivery/cursor.ts'
import { badInput } from '../lib/errors.ts'
import { requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import { type PageInfo, pageInfoOf, requirePageSize } from '../lib/pages.ts'
import { CATEGORY, TYPE } from '../lib/values.ts'
import { notRead, type Wanted, type WantedPage, WHOLE_PAGE, wants, wantsEntries } from '../lib/wanted.ts'
import type { Tx } from '../storage/storage.ts'
import type { StreamState } from '../storage/streams.ts'
import type { Tables } from '../storage/tables.ts'
import type { ReadInbox } from './inbox-reader.ts'
import { fromInbox, type Had, inboxColumns, isHad, SHOWN, toNotifications } from './inbox-rows.ts'
import type { Notification, Priority, UnreadCount } from './notification.ts'
import { countAskedOf } from './unread.ts'

/** Which notifications to list. A field that is left out does not filter. */
export interface NotificationFilter {
  readonly read?: boolean | null | undefined
  readonly seen?: boolean | null | undefined
  /** Left out: only those that are not archived. Null: both. */
  readonly archived?: boolean | null | undefined
  readonly categories?: readonly string[] | null | undefined
  readonly types?: readonly string[] | null | undefined
  readonly priorities?: readonly Priority[] | null | undefined
  /** Left out: only those that are not snoozed. Null: both. */
  readonly snoozed?: boolean | null | undefined
  readonly muted?: boolean | null | undefined
}

/** Which part of the inbox to list. */
export interface ListInput {
  readonly first: number
  /** The cursor of the page before; left out, it begins with the newest. */
  readonly after?: string | null | undefined
  readonly filter?: NotificationFilter | null | undefined
}

/** A notification on a page, with its page cursor. */
export interface NotificationEdge {
  readonly cursor: string
  readonly node: Notification
}

/** A page of the inbox, newest first. All of it is from the same snapshot. */
export interface NotificationPage {
  readonly edges: readonly NotificationEdge[]
  readonly nodes: readonly Notification[]
  readonly pageInfo: PageInfo
  readonly unread: UnreadCount
  readonly resumeCursor: string
}

export interface ListDeps {
  readonly readInbox: ReadInbox
  readonly limits: Limits
}

/** The most categories or types in one filter. */
const MAX_FILTER_VALUES = 100

const NO_FIELDS: Wanted = new Set()
const NO_EDGES = { edges: [], hasNextPage: false } as const

function requireFilter(filter: NotificationFilter): NotificationFilter {
  const { categories, types, priorities } = filter
  if (categories != null) requireTexts('filter.categories', categories, MAX_FILTER_VALUES, CATEGORY)
  if (types != null) requireTexts('filter.types', types, MAX_FILTER_VALUES, TYPE)
  if (priorities?.length === 0) throw badInput('filter.priorities must not be empty.')
  return filter
}

/**
 * Selects notifications by what their content says. It is looked up for each one of the inbox: else Postgres may look for it among all
 * that there are.
 */
function says(column: 'type' | 'priority', values: readonly string[]) {
  return (eb: ExpressionBuilder<Tables, 'inbox'>) => {
    const value = eb.selectFrom('notifications as content').select(`content.${column}`).where('content.id', '=', SHOWN)
    return eb(value, 'in', values)
  }
}

/** Which rows to read: what a client can ask for, or those that got a mark at a time. */
interface RowFilter extends NotificationFilter {
  readonly marked?: { readonly column: 'seen_at' | 'read_at' | 'archived_at'; readonly at: number }
}

/** Selects what passes the filter of what is listed, or of what is snoozed. */
function selectFiltered({ tx, userId, filter, now }: Listing, which: Had, wanted: Wanted) {
  const { read, seen, archived = false, categories, types, priorities, muted, marked } = filter
  return fromInbox(tx, userId, now, which)
    .select(inboxColumns(wanted))
    .$if(read != null, (query) => query.where('inbox.read_at', read ? 'is not' : 'is', null))
    .$if(seen != null, (query) => query.where('inbox.seen_at', seen ? 'is not' : 'is', null))
    .$if(archived != null, (query) => query.where('inbox.archived_at', archived ? 'is not' : 'is', null))
    .$if(muted != null, (query) => query.where('inbox.muted', muted ? 'is not' : 'is', null))
    .$if(categories != null, (query) => query.where('inbox.category', 'in', categories ?? []))
    .$if(types != null, (query) => query.where(says('type', types ?? [])))
    .$if(priorities != null, (query) => query.where(says('priority', [...new Set(priorities)])))
    .$if(marked !== undefined, (query) => query.where(`inbox.${marked?.column ?? 'read_at'}`, '=', marked?.at ?? 0))
}

/** A page of an inbox that is being read. */
interface Listing {
  readonly tx: Tx
  readonly userId: string
  readonly stream: StreamState
  readonly now: number
  readonly first: number
  /** The revision after which the page begins. Undefined: it begins with the newest. */
  readonly end: number | undefined
  readonly filter: RowFilter
  readonly wanted: WantedPage
}

/** Positions that one statement looks at for what the filter lets through, so that it never holds up the process. */
const PLACES_PER_STATEMENT = 5_000

/**
 * Finds the next revision of an inbox at which there is a notification that is listed or snoozed, whether it passes the filter or not.
 * Undefined: there is none.
 */
async function findPlace(
  { tx, userId }: Listing,
  which: Had,
  is: '<' | '>=',
  place: number,
): Promise<number | undefined> {
  const row = await tx
    .selectFrom('inbox')
    .select('arrived_revision')
    .where('user_id', '=', userId)
    .where(isHad(which))
    .where('arrived_revision', is, place)
    .orderBy('arrived_revision', is === '<' ? 'desc' : 'asc')
    .limit(1)
    .executeTakeFirst()
  return row?.arrived_revision
}

/** Reads the rows of a page of what is listed or of what is snoozed, and one more if there is one. */
async function readSome(listing: Listing, which: Had) {
  const { stream, first, end, wanted } = listing
  const matching = selectFiltered(listing, which, wanted.entries).orderBy('inbox.arrived_revision', 'desc')
  const rows: Awaited<ReturnType<typeof matching.execute>> = []
  let below: number | undefined = Math.min(end ?? Number.POSITIVE_INFINITY, stream.revision + 1)
  while (below !== undefined) {
    const from: number = below - PLACES_PER_STATEMENT
    const some = matching.where('inbox.arrived_revision', '<', below).where('inbox.arrived_revision', '>=', from)
    rows.push(...(await some.limit(first + 1 - rows.length).execute()))
    if (rows.length > first || from <= 1) return rows
    const next = await findPlace(listing, which, '<', from)
    below = next === undefined ? undefined : next + 1
  }
  return rows
}

/** Reads the rows of a page, and one more if there is one: those that are listed, those that are snoozed, or both in one order. */
async function readRows(listing: Listing) {
  const { first, filter } = listing
  const { snoozed = false } = filter
  const listed = snoozed === true ? [] : await readSome(listing, 'listed')
  if (snoozed === false) return listed
  const rows = [...listed, ...(await readSome(listing, 'snoozed'))]
  return rows.sort((a, b) => b.arrived_revision - a.arrived_revision).slice(0, first + 1)
}

/** The newest of an inbox, and which of them. */
export interface Newest extends Pick<Listing, 'userId' | 'stream' | 'now'> {
  readonly count: number
  /** The revision before which they arrived. Undefined: all. */
  readonly end?: number
  readonly filter?: RowFilter
  readonly wanted: Wanted
}

/** Reads the newest notifications of an inbox that have not expired, whatever their marks, unless the filter asks for some. */
export async function readNewest(
  tx: Tx,
  { userId, stream, now, count, end, filter = {}, wanted }: Newest,
): Promise<readonly Notification[]> {
  const page = { page: undefined, entries: wanted }
  const filtered = { archived: null, ...filter }
  const listing = { tx, userId, stream, now, first: count - 1, end, filter: filtered, wanted: page }
  return toNotifications(tx, await readRows(listing))
}

async function readEdges(listing: Listing) {
  const { tx, stream, first } = listing
  const rows = await readRows(listing)
  const nodes = await toNotifications(tx, rows.slice(0, first))
  const edges = nodes.map((node) => ({ cursor: pageCursor(stream.epoch, node.arrivedRevision), node }))
  return { edges, hasNextPage: rows.length > first }
}

async function hasSome(listing: Listing, which: Had, since: number): Promise<boolean> {
  const { stream } = listing
  const matching = selectFiltered(listing, which, NO_FIELDS)
  for (let from: number | undefined = since; from !== undefined; ) {
    const upTo: number = from + PLACES_PER_STATEMENT
    const some = matching.where('inbox.arrived_revision', '>=', from).where('inbox.arrived_revision', '<', upTo)
    // Sorted, or else Postgres may read the whole table in the hope of finding one soon.
    if (await some.orderBy('inbox.arrived_revision').limit(1).executeTakeFirst()) return true
    from = upTo > stream.revision ? undefined : await findPlace(listing, which, '>=', upTo)
  }
  return false
}

async function hasBefore(listing: Listing): Promise<boolean> {
  const { end, filter, wanted } = listing
  const { snoozed = false } = filter
  if (end === undefined || !wants(wanted.page, 'pageInfo')) return false
  if (snoozed !== false && (await hasSome(listing, 'snoozed', end))) return true
  return snoozed !== true && hasSome(listing, 'listed', end)
}

async function readPage(listing: Listing, cap: number): Promise<NotificationPage> {
  const { tx, userId, stream, wanted } = listing
  const { edges, hasNextPage } = wantsEntries(wanted) ? await readEdges(listing) : NO_EDGES
  const hasPreviousPage = await hasBefore(listing)
  const { revision } = stream
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: pageInfoOf(edges, { hasNextPage, hasPreviousPage }),
    unread: wants(wanted.page, 'unread')
      ? await countAskedOf(tx, { userId, revision }, { cap, unseen: wanted.unseen })
      : notRead(),
    resumeCursor: cursorOf(stream),
  }
}

/** Creates `Notifications.list`. Throws BAD_USER_INPUT, and CURSOR_EXPIRED when the cursor is of another inbox. */
export function createList({ readInbox, limits }: ListDeps) {
  return async ({ userId }: Viewer, input: ListInput, wanted: WantedPage = WHOLE_PAGE): Promise<NotificationPage> => {
    const first = requirePageSize('first', input.first, limits.pageSize)
    const filter = requireFilter(input.filter ?? {})
    return readInbox(userId, (tx, stream, now) => {
      const end = input.after == null ? undefined : numberOf(input.after, stream.epoch)
      return readPage({ tx, userId, stream, now, first, end, filter, wanted }, limits.unreadCap)
    })
  }
}
