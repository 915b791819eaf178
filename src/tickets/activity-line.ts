import type { Role, Viewer } from '../auth/viewer.ts'
import { createBatches } from '../lib/batches.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type ActivityFilter, belongingOf } from './activity-snapshot.ts'
import { type Audience, audienceOf } from './audience.ts'
import { type Belonging, readDeparture } from './departures.ts'
import { keyOf, type NewestMessage, readNewestMessages, readParticipations, readUnread } from './places.ts'
import { type Ticket, type TicketRow, toTicket } from './ticket.ts'
import { type CappedCount, capped } from './unread-messages.ts'

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
/** Tickets of one statement: so few that it holds up nobody. */
const PER_STATEMENT = 100

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

function keyOfPlace({ ticketId, userId, audience, belonging }: Place): string {
  return JSON.stringify([ticketId, userId, audience, belonging])
}

function ticketsOf(places: readonly Place[]): readonly string[] {
  return [...new Set(places.map(({ ticketId }) => ticketId))]
}

async function readTickets(tx: Tx, ids: readonly string[]): Promise<ReadonlyMap<string, TicketRow>> {
  const tickets = new Map<string, TicketRow>()
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const rows = await tx.selectFrom('tickets').selectAll().where('id', 'in', some).execute()
    for (const row of rows) tickets.set(row.id, row)
  })
  return tickets
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
  last: NewestMessage | undefined,
  { count, cap }: { readonly count: number; readonly cap: number },
): ActivityLine {
  const ticket = toTicket(row, audience)
  if (!last) return emptyLine(ticketId, row.created_at, ticket)
  const unread = capped(count, cap)
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
    const newest = await readNewestMessages(tx, audience, ticketsOf(seen))
    const said = seen.filter(({ ticketId }) => newest.has(ticketId))
    const unread = await readUnread(tx, audience, said, cap + 1)
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
