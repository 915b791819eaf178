import { sql } from 'kysely'
import type { Role, Viewer } from '../auth/viewer.ts'
import { createBatches } from '../lib/batches.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type ActivityFilter, belongingOf } from './activity-snapshot.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import { type Belonging, readDeparture } from './departures.ts'
import type { CappedCount } from './read-marks.ts'
import { type Ticket, type TicketRow, toTicket } from './ticket.ts'
import { countAmong, countOn, readMarkOf } from './unread-messages.ts'

/** What the list of a viewer shows of a ticket. */
export interface ActivityLine {
  readonly ticketId: string
  /** The number of the newest message that the viewer sees; 0 when there is none. */
  readonly number: number
  readonly authorRole: Role
  /** When that message was stored. Without one: when the ticket was made known, or left the list. */
  readonly at: number
  readonly unreadCount: number
  readonly unread: CappedCount
  /** Null when it is not one of the viewer's tickets. */
  readonly ticket: Ticket | null
}

/** Reads the lines of some tickets for a viewer, in the order of the ids. */
export type ReadLines = (
  viewer: Viewer,
  filter: ActivityFilter,
  ids: readonly string[],
) => Promise<readonly ActivityLine[]>

/** A ticket in the list of a user, and what makes it theirs. */
interface Place {
  readonly ticketId: string
  readonly userId: string
  readonly audience: Audience
  readonly belonging: Belonging | undefined
}

/** Calls that are read together. What they cost is mostly the same for one as for ten. */
const MAX_BATCH = 100
/** Tickets, or tickets of users, of one statement: so few that it holds up nobody. */
const PER_STATEMENT = 100
/** Messages of each ticket that one statement looks at. */
const LOOKED_AT = 100

const NOTHING = { count: 0, isCapped: false } as const

/** The line of a ticket without messages. Its author is the backend, which made the ticket known. */
function emptyLine(ticketId: string, at: number, ticket: Ticket | null): ActivityLine {
  return {
    ticketId,
    number: 0,
    authorRole: 'BACKEND',
    at,
    unreadCount: 0,
    unread: NOTHING,
    ticket,
  }
}

function keyOf(ticketId: string, userId: string): string {
  return JSON.stringify([ticketId, userId])
}

function keyOfPlace({ ticketId, userId, audience, belonging }: Place): string {
  return JSON.stringify([ticketId, userId, audience, belonging])
}

function ticketsOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ ticketId }) => ticketId))]
}

/** SQL for the common table expression `asked`: tickets of users. */
function asked(places: readonly Place[]) {
  return sql`asked (ticket_id, user_id) AS (VALUES ${sql.join(
    places.map(({ ticketId, userId }) => sql`(${ticketId}, ${userId})`),
  )})`
}

async function readTickets(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, TicketRow>> {
  const tickets = new Map<string, TicketRow>()
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const rows = await tx.selectFrom('tickets').selectAll().where('id', 'in', some).execute()
    for (const row of rows) tickets.set(row.id, row)
  })
  return tickets
}

/** Finds which of the users take part in which of the tickets, as `keyOf`. */
async function readParticipations(tx: Tx, places: readonly Place[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<{ readonly ticket_id: string; readonly user_id: string }>`
      WITH ${asked(some)}
      SELECT p.ticket_id, p.user_id
      FROM asked JOIN participants p ON p.ticket_id = asked.ticket_id AND p.user_id = asked.user_id
    `.execute(tx)
    for (const { ticket_id, user_id } of rows) found.add(keyOf(ticket_id, user_id))
  })
  return found
}

interface Newest {
  readonly ticket_id: string
  readonly number: number
  readonly author: string
  readonly created_at: number
}

/** Reads the newest message of each ticket that an audience sees. Tickets without one are left out. */
async function readNewest(tx: Tx, audience: Audience, ids: readonly string[]): Promise<ReadonlyMap<string, Newest>> {
  const newest = new Map<string, Newest>()
  const number = sql.ref(COLUMNS[audience].number)
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const { rows } = await sql<Newest>`
      SELECT m.ticket_id, m.${number} AS number, m.author, m.created_at
      FROM tickets t
      JOIN messages m ON m.ticket_id = t.id AND m.${number} = (SELECT max(x.${number}) FROM messages x WHERE x.ticket_id = t.id)
      WHERE t.id IN (${sql.join(some)})
    `.execute(tx)
    for (const row of rows) newest.set(row.ticket_id, row)
  })
  return newest
}

interface Unread {
  readonly ticket_id: string
  readonly user_id: string
  readonly mark: number
  readonly count: number
}

/** Counts messages of others behind the mark of each user that were not deleted, one more than the cap at most, by `keyOf`. */
async function readUnread(
  tx: Tx,
  audience: Audience,
  places: readonly Place[],
  { newest, cap }: { readonly newest: ReadonlyMap<string, Newest>; readonly cap: number },
): Promise<ReadonlyMap<string, number>> {
  const unread = new Map<string, number>()
  const max = cap + 1
  const reader = { ticketId: sql.ref('a.ticket_id'), userId: sql.ref('a.user_id'), audience }
  const among = { after: sql.ref('a.mark'), lookedAt: LOOKED_AT, max }
  await inTurns(places, PER_STATEMENT, async (some) => {
    const { rows } = await sql<Unread>`
      WITH ${asked(some)}
      SELECT a.ticket_id, a.user_id, a.mark, ${countAmong(reader, among)} AS count
      FROM (SELECT a.ticket_id, a.user_id, ${readMarkOf(reader)} AS mark FROM asked a) a
    `.execute(tx)
    for (const { ticket_id: ticketId, user_id: userId, mark, count } of rows) {
      const begun = { ticketId, userId, mark, newest: newest.get(ticketId)?.number ?? 0, count }
      unread.set(keyOf(ticketId, userId), await countOn(tx, begun, audience, { lookedAt: LOOKED_AT, max }))
    }
  })
  return unread
}

/** Reads the tickets of those places that are in the list of their user. */
async function readMine(tx: Tx, places: readonly Place[]): Promise<ReadonlyMap<Place, TicketRow>> {
  const tickets = await readTickets(tx, ticketsOf(places))
  const participations = await readParticipations(
    tx,
    places.filter(({ belonging }) => belonging === 'participant'),
  )
  const mine = new Map<Place, TicketRow>()
  for (const place of places) {
    const { ticketId, userId, belonging } = place
    const row = tickets.get(ticketId)
    const isMine =
      belonging === undefined ||
      (belonging === 'assignee' ? row?.assignee_id === userId : participations.has(keyOf(ticketId, userId)))
    if (row && isMine) mine.set(place, row)
  }
  return mine
}

function lineOf(
  { ticketId, audience }: Place,
  row: TicketRow,
  last: Newest | undefined,
  { count, cap }: { readonly count: number; readonly cap: number },
): ActivityLine {
  const ticket = toTicket(row, audience)
  if (!last) return emptyLine(ticketId, row.created_at, ticket)
  const unread = { count: Math.min(count, cap), isCapped: count > cap }
  return {
    ticketId,
    number: last.number,
    authorRole: JSON.parse(last.author).role,
    at: last.created_at,
    unreadCount: unread.count,
    unread,
    ticket,
  }
}

/** Reads the lines of places, each once, by `keyOfPlace`. `now` stands for when a ticket left a list, if that is not known. */
async function readPlaces(
  tx: Tx,
  places: readonly Place[],
  { cap, now }: { readonly cap: number; readonly now: number },
): Promise<ReadonlyMap<string, ActivityLine>> {
  const mine = await readMine(tx, places)
  const lines = new Map<string, ActivityLine>()
  for (const [audience, seen] of Map.groupBy(mine.keys(), (place) => place.audience)) {
    const newest = await readNewest(tx, audience, ticketsOf(seen))
    const said = seen.filter(({ ticketId }) => newest.has(ticketId))
    const unread = await readUnread(tx, audience, said, { newest, cap })
    for (const place of seen) {
      const { ticketId, userId } = place
      const count = unread.get(keyOf(ticketId, userId)) ?? 0
      lines.set(keyOfPlace(place), lineOf(place, mine.get(place) as TicketRow, newest.get(ticketId), { count, cap }))
    }
  }
  for (const place of places) {
    const { ticketId, userId, belonging } = place
    if (mine.has(place)) continue
    const lostAt = belonging && (await readDeparture(tx, userId, belonging, ticketId))
    lines.set(keyOfPlace(place), emptyLine(ticketId, lostAt ?? now, null))
  }
  return lines
}

/**
 * Creates `ReadLines`. A message invalidates the lists of all who may see it. What these then read is read together, and the same line of a
 * user once. After each batch other work has as much time as the batch took, up to a bound.
 */
export function createReadLines(storage: Storage, clock: Clock, cap: number): ReadLines {
  const read = createBatches<readonly Place[], readonly ActivityLine[]>({
    max: MAX_BATCH,
    rest: { minMs: 0, maxMs: 25, msPerItem: 0 },
    run: async (asked) => {
      const places = new Map(asked.flat().map((place) => [keyOfPlace(place), place]))
      const lines = await storage.read((tx) => readPlaces(tx, [...places.values()], { cap, now: clock.now() }))
      return asked.map((some) => some.map((place) => lines.get(keyOfPlace(place)) as ActivityLine))
    },
  })
  return (viewer, filter, ids) => {
    const audience = audienceOf(viewer)
    const belonging = belongingOf(viewer, filter)
    return read(ids.map((ticketId) => ({ ticketId, userId: viewer.userId, audience, belonging })))
  }
}
