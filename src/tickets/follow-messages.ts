import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { cursorExpired, revisionOf } from '../feed/cursor.ts'
import type { Fail } from '../feed/feed.ts'
import { follow, type LogFeed, type Page } from '../feed/follow.ts'
import type { Wanted } from '../lib/wanted.ts'
import { goesOnFrom, type LanePlace, lastTerm } from '../storage/lane-terms.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { type GuardAccess, requireAccess, requireTicket } from './access.ts'
import { type Audience, audienceOf, COLUMNS } from './audience.ts'
import { laneOf, readTicketLane } from './ticket-lanes.ts'
import { messageColumns, type TicketMessage, toMessage } from './ticket-message.ts'
import { messagesTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly bus: Bus
  readonly guardAccess: GuardAccess
  /** Says that the viewer is in the ticket; returns how to leave. */
  readonly join: (viewer: Viewer, ticketId: string, connectionId: string) => () => void
  /** Messages that one read of the store brings. */
  readonly pageSize?: number | undefined
}

const PAGE_SIZE = 100

const readChanges = async (
  tx: Tx,
  ticketId: string,
  audience: Audience,
  { size, wanted, ...place }: LanePlace & { readonly size: number; readonly wanted: Wanted },
): Promise<Page<TicketMessage>> => {
  const lane = await readTicketLane(tx, ticketId, audience)
  if (!goesOnFrom(lane, place)) throw cursorExpired()
  const column = COLUMNS[audience].revision
  const rows = await tx
    .selectFrom('messages')
    .select([...messageColumns(wanted, audience), column])
    .where('ticket_id', '=', ticketId)
    .where(column, '>', place.revision)
    .orderBy(column)
    .limit(size)
    .execute()
  // A revision belongs to one message, so a page never breaks off within one.
  const entries = rows.map((row) => ({ revision: row[column] ?? 0, item: toMessage(row, audience) }))
  const last = entries.at(-1)
  return last && rows.length === size
    ? { entries, revision: last.revision, hasMore: true, term: lastTerm(lane.terms) }
    : { entries, revision: lane.revision, hasMore: false, term: lastTerm(lane.terms) }
}

/** The message that changed last, again: what may have been missed came before it. */
const readNewestAgain = async (
  tx: Tx,
  ticketId: string,
  audience: Audience,
  { epoch, wanted }: { readonly epoch: string; readonly wanted: Wanted },
): Promise<Page<TicketMessage>> => {
  const lane = await readTicketLane(tx, ticketId, audience)
  if (lane.epoch !== epoch) throw cursorExpired()
  const column = COLUMNS[audience].revision
  const row = await tx
    .selectFrom('messages')
    .select(messageColumns(wanted, audience))
    .where('ticket_id', '=', ticketId)
    .where(column, 'is not', null)
    .orderBy(column, 'desc')
    .limit(1)
    .executeTakeFirst()
  const { revision, terms } = lane
  const entries = row ? [{ revision, item: toMessage(row, audience) }] : []
  return { entries, revision, hasMore: false, term: lastTerm(terms) }
}

/** Makes `Tickets.followMessages`. */
export const createFollowMessages = ({ storage, bus, guardAccess, join, pageSize: size = PAGE_SIZE }: Deps) => {
  const followMessages = async (
    viewer: Viewer,
    connectionId: string,
    ticketId: string,
    after: string | null | undefined,
    wanted?: Wanted,
  ): Promise<LogFeed<TicketMessage>> => {
    const audience = audienceOf(viewer)
    const lane = await storage.read(async (tx) => {
      await requireTicket(tx, viewer, ticketId)
      return readTicketLane(tx, ticketId, audience)
    })
    const { epoch, terms } = lane
    const view = {
      source: laneOf(ticketId, audience),
      scope: audience,
      epoch,
      terms,
      topic: messagesTopic(ticketId, audience),
      read: (revision: number, term: string) =>
        storage.read(async (tx) => {
          await requireAccess(tx, viewer, ticketId)
          return readChanges(tx, ticketId, audience, { epoch, term, revision, size, wanted })
        }),
      readReset: () =>
        storage.read(async (tx) => {
          await requireAccess(tx, viewer, ticketId)
          return readNewestAgain(tx, ticketId, audience, { epoch, wanted })
        }),
      reopen: () => followMessages(viewer, connectionId, ticketId, null, wanted),
      take: <Event>(event: Event): Event => event,
      during: (fail: Fail) => {
        const unguard = guardAccess(viewer, ticketId, fail)
        const leave = join(viewer, ticketId, connectionId)
        return () => {
          unguard()
          leave()
        }
      },
    }
    const { revision: head } = lane
    return follow(bus, view, { from: after == null ? head : revisionOf(after, lane), head })
  }
  return followMessages
}
