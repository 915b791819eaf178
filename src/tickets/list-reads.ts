import type { Viewer } from '../auth/viewer.ts'
import { createBatches } from '../lib/batches.ts'
import { inTurns } from '../lib/chunks.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type Audience, audienceOf } from './audience.ts'
import { keyOf, readParticipations } from './places.ts'
import { type Ticket, type TicketRow, toTicket } from './ticket.ts'
import { countTickets, type TicketCounts } from './ticket-counts.ts'
import { readDetails, type WantedDetails } from './ticket-details.ts'
import type { TicketList } from './ticket-filter.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
}

/** A ticket that a viewer may see, and who is in charge of it, for filters of staff. */
export interface SeenTicket {
  readonly ticket: Ticket
  readonly assigneeId: string | null
}

/** A ticket that the list of a viewer has to know. Whoever asks for the same fields gives the same `wanted`. */
interface AskedTicket {
  readonly viewer: Viewer
  readonly ticketId: string
  readonly wanted: WantedDetails
}

/** Calls that are read together: those of the lists of all agents of a node, mostly of one ticket. */
const MAX_BATCH = 1_000
/** Tickets of one statement. */
const PER_STATEMENT = 100

async function readRows(tx: Tx, asked: readonly AskedTicket[]): Promise<ReadonlyMap<string, TicketRow>> {
  const rows = new Map<string, TicketRow>()
  const ids = [...new Set(asked.map(({ ticketId }) => ticketId))]
  await inTurns(ids, PER_STATEMENT, async (some) => {
    const found = await tx.selectFrom('tickets').selectAll().where('id', 'in', some).execute()
    for (const row of found) rows.set(row.id, row)
  })
  return rows
}

/** A ticket that a viewer asked for, and may see. */
type Place = AskedTicket & { readonly userId: string; readonly row: TicketRow }

/** Finds those tickets that their viewers may see. */
async function readSeen(tx: Tx, asked: readonly AskedTicket[]): Promise<readonly Place[]> {
  const rows = await readRows(tx, asked)
  const places = asked.flatMap((one) => {
    const row = rows.get(one.ticketId)
    return row ? [{ ...one, userId: one.viewer.userId, row }] : []
  })
  const isPublic = ({ viewer }: Place): boolean => audienceOf(viewer) === 'public'
  const mine = await readParticipations(tx, places.filter(isPublic))
  return places.filter((place) => !isPublic(place) || mine.has(keyOf(place.ticketId, place.userId)))
}

/**
 * Creates the function that reads a ticket as the list of a viewer shows it; undefined when the viewer may not see it. What many lists ask
 * at about the same moment is read together: the ticket once, and what is the viewers' alone with one statement for a hundred of them.
 */
export function createReadSeen({ storage, clock, limits }: Deps) {
  const readAll = async (tx: Tx, asked: readonly AskedTicket[]): Promise<readonly (SeenTicket | undefined)[]> => {
    const seen = await readSeen(tx, asked)
    const found = new Map<string, SeenTicket>()
    const keyIn = (audience: Audience, { ticketId, viewer, wanted }: AskedTicket): string =>
      JSON.stringify([audience, ticketId, viewer.userId, order.get(wanted)])
    const order = new Map([...new Set(asked.map(({ wanted }) => wanted))].map((wanted, index) => [wanted, index]))
    for (const [audience, some] of Map.groupBy(seen, ({ viewer }) => audienceOf(viewer))) {
      for (const [wanted, places] of Map.groupBy(some, (place) => place.wanted)) {
        const details = { ...wanted, cap: limits.unreadCap, now: clock.now() }
        const add = await readDetails(tx, audience, places, details)
        for (const place of places) {
          const ticket = add(place, toTicket(place.row, audience))
          found.set(keyIn(audience, place), { ticket, assigneeId: place.row.assignee_id })
        }
      }
    }
    return asked.map((one) => found.get(keyIn(audienceOf(one.viewer), one)))
  }
  return createBatches<AskedTicket, SeenTicket | undefined>({
    max: MAX_BATCH,
    rest: { minMs: 0, maxMs: 25, msPerItem: 0 },
    run: (asked) => storage.read((tx) => readAll(tx, asked)),
  })
}

/** A list to be counted. */
interface AskedCounts {
  readonly list: TicketList
  readonly wanted: Wanted
}

/** A text for what is counted. Lists with the same text have the same counts. */
function keyOfCounts({ list: { viewer, wish }, wanted }: AskedCounts): string {
  const isOwn = audienceOf(viewer) === 'public' || wish.unread !== undefined || wanted?.has('unread') !== false
  return JSON.stringify([audienceOf(viewer), isOwn ? viewer.userId : null, wish, wanted && [...wanted].sort()])
}

/**
 * Creates the function that counts the tickets of a live list. Lists that ask for the same are counted once. After each batch it rests for as
 * long as that took, at most a second, so that counting takes half of the time at most, however much happens.
 */
export function createReadCounts({ storage, limits }: Deps) {
  return createBatches<AskedCounts, TicketCounts>({
    max: MAX_BATCH,
    rest: { minMs: 0, maxMs: 1_000, msPerItem: 0 },
    run: async (asked) => {
      const byKey = new Map(asked.map((one) => [keyOfCounts(one), one]))
      const counts = new Map<string, TicketCounts>()
      for (const [key, { list, wanted }] of byKey) {
        counts.set(key, await storage.read((tx) => countTickets(tx, list, wanted, limits.ticketCountCap)))
      }
      return asked.map((one) => counts.get(keyOfCounts(one)) as TicketCounts)
    },
  })
}
