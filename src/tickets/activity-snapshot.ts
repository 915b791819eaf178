import { sql } from 'kysely'
import type { Viewer } from '../auth/viewer.ts'
import type { TakeTurn } from '../lib/limiter.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { audienceOf, COLUMNS } from './audience.ts'
import { type Belonging, readDepartures } from './departures.ts'
import { type CountBegun, countAmong, countOn, newestOf, readMarkOf } from './unread-messages.ts'

/** Which tickets a viewer follows the activity of. */
export interface ActivityFilter {
  /** For staff: only tickets that are assigned to the viewer. It means nothing for customers. */
  readonly assignedToMe?: boolean | undefined
}

/** The tickets that a snapshot has a line of. */
export interface Snapshot {
  /** The ids in the order of delivery: first the tickets that left the list, then the others, the latest change last. */
  readonly ticketIds: readonly string[]
  /** The snapshot does not reach down to the oldest ticket. */
  readonly isCapped: boolean
}

/**
 * So many of the newest tickets are in a snapshot in any case. It is also the most tickets with something unread, and the most that left
 * the list.
 */
const MAX_TOLD = 100
/** Tickets of one statement: so few that it holds up nobody. */
const PAGE = 250
/** Messages of each ticket that are looked at together with those of the others. */
const LOOKED_AT = 20
/** The most tickets that are looked at for something unread. */
const MAX_LOOKED_AT = 10_000

/** What makes a ticket one of the viewer's. Undefined: all tickets are. */
export function belongingOf(viewer: Pick<Viewer, 'role'>, filter: ActivityFilter): Belonging | undefined {
  if (audienceOf(viewer) === 'public') return 'participant'
  return filter.assignedToMe === true ? 'assignee' : undefined
}

interface Place {
  readonly at: number
  readonly id: string
}

/** SQL for the next of the viewer's tickets behind a place, the latest change first, by the index that has them in this order. */
function nextPlaces(viewer: Viewer, filter: ActivityFilter, after: Place | undefined) {
  const belonging = belongingOf(viewer, filter)
  const isOwn = belonging === 'participant'
  const [at, id] = isOwn
    ? [sql.ref('public_at'), sql.ref('ticket_id')]
    : [sql.ref(COLUMNS[audienceOf(viewer)].at), sql.ref('id')]
  const conditions = [
    ...(belonging ? [sql`${sql.ref(isOwn ? 'user_id' : 'assignee_id')} = ${viewer.userId}`] : []),
    ...(after ? [sql`(${at}, ${id}) < (${after.at}, ${after.id})`] : []),
  ]
  return sql`
    SELECT ${id} AS id, ${at} AS at FROM ${sql.table(isOwn ? 'participants' : 'tickets')}
    ${conditions.length > 0 ? sql`WHERE ${sql.join(conditions, sql` AND `)}` : sql``}
    ORDER BY ${at} DESC, ${id} DESC LIMIT ${PAGE}
  `
}

/** Reads a page of the viewer's tickets, each with whether something in it is unread. */
async function readPage(tx: Tx, viewer: Viewer, filter: ActivityFilter, after: Place | undefined) {
  const { userId } = viewer
  const audience = audienceOf(viewer)
  const reader = { ticketId: sql.ref('place.id'), userId: sql`${userId}`, audience }
  const among = { after: sql.ref('place.mark'), lookedAt: LOOKED_AT, max: 1 }
  const { rows } = await sql<Place & Pick<CountBegun, 'mark' | 'newest' | 'count'>>`
    SELECT place.id, place.at, place.mark, place.newest, ${countAmong(reader, among)} AS count
    FROM (
      SELECT place.id, place.at, ${readMarkOf(reader)} AS mark, ${newestOf(reader)} AS newest
      FROM (${nextPlaces(viewer, filter, after)}) place
    ) place
    ORDER BY place.at DESC, place.id DESC
  `.execute(tx)
  const tickets: (Place & { readonly isUnread: boolean })[] = []
  for (const { id, at, ...begun } of rows) {
    const count = await countOn(tx, { ...begun, ticketId: id, userId }, audience, { lookedAt: LOOKED_AT, max: 1 })
    tickets.push({ id, at, isUnread: count > 0 })
  }
  return tickets
}

/** Walks down the list of the viewer's tickets, one page in each turn. */
async function readMine(storage: Storage, viewer: Viewer, filter: ActivityFilter, takeTurn: TakeTurn) {
  const ids: string[] = []
  let unread = 0
  let after: Place | undefined
  for (let looked = 0; looked < MAX_LOOKED_AT; ) {
    await takeTurn()
    const rows = await storage.read((tx) => readPage(tx, viewer, filter, after))
    for (const { id, at, isUnread } of rows) {
      if (ids.length >= MAX_TOLD && unread >= MAX_TOLD) return { ids, isCapped: true }
      looked += 1
      after = { at, id }
      if (isUnread) unread += 1
      if (isUnread || looked <= MAX_TOLD) ids.push(id)
    }
    if (rows.length < PAGE) return { ids, isCapped: false }
  }
  return { ids, isCapped: true }
}

/** Reads which tickets a snapshot has. It takes a turn for each page, so that other work has its turn in between. */
export async function readSnapshot(
  storage: Storage,
  viewer: Viewer,
  filter: ActivityFilter,
  takeTurn: TakeTurn,
): Promise<Snapshot> {
  const belonging = belongingOf(viewer, filter)
  const lost = belonging
    ? await storage.read((tx) => readDepartures(tx, viewer.userId, belonging, MAX_TOLD))
    : ([] as const)
  const { ids, isCapped } = await readMine(storage, viewer, filter, takeTurn)
  const mine = new Set(ids)
  // The latest comes last: so a list into which each ticket is put on top ends up in order.
  return { ticketIds: [...ids, ...lost.filter((id) => !mine.has(id))].toReversed(), isCapped }
}
