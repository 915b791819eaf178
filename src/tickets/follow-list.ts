import type { Viewer } from '../auth/viewer.ts'
import type { StateDescription, Update } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import { createTurnLimiter } from '../lib/limiter.ts'
import type { Limits } from '../lib/limits.ts'
import { requirePageSize } from '../lib/pages.ts'
import { notRead, type Wanted, wants } from '../lib/wanted.ts'
import type { Storage } from '../storage/storage.ts'
import { audienceOf } from './audience.ts'
import { effectOn, type Happened, joined } from './list-events.ts'
import { createReadCounts, createReadSeen, type SeenTicket } from './list-reads.ts'
import { listOf, readTicketPage, type TicketPage, type TicketPaging } from './list-tickets.ts'
import type { Ticket } from './ticket.ts'
import type { TicketCounts } from './ticket-counts.ts'
import type { WantedDetails } from './ticket-details.ts'
import { isInCharge, isOfStatus, isRecent, type TicketWish } from './ticket-filter.ts'
import { type ActivityInvalidation, STAFF_ACTIVITY, type TicketListReason, userActivityTopic } from './topics.ts'

interface Deps {
  readonly storage: Storage
  readonly clock: Clock
  readonly limits: Limits
}

/** Which live list of tickets is meant, and how many of it the snapshot has at most. */
export type TicketListOptions = Pick<TicketPaging, 'first' | 'filter' | 'orderBy'>

/**
 * The fields that an operation asks of a live list: of the page of its snapshot, of each ticket, and of the counts. What subscriptions with the
 * same `details` ask of a ticket at the same moment is read together.
 */
export interface WantedList {
  readonly page: Wanted
  readonly details: WantedDetails
  readonly counts: Wanted
}

const WHOLE: WantedList = { page: undefined, details: { ticket: undefined }, counts: undefined }

/** What all that a live list tells has. `counts` is undefined when it was not asked for. */
interface Counted {
  readonly counts: TicketCounts
}

/** A change of a live list. */
type ListChange = Counted & { readonly reasons: readonly TicketListReason[] } & (
    | { readonly __typename: 'TicketListEntered' | 'TicketListChanged'; readonly ticket: Ticket }
    | { readonly __typename: 'TicketListLeft'; readonly ticketId: string }
  )

/** What a live list of tickets tells: all that it shows at first, or a change. */
export type TicketListUpdate =
  | (Counted & { readonly __typename: 'TicketListSnapshot'; readonly tickets: TicketPage })
  | ListChange

/** Snapshots that are begun in each turn of the event loop. */
const SNAPSHOTS_PER_LOOP = 2

/** Whether the list has a ticket, as the store says. */
function hasTicket(wish: TicketWish, seen: SeenTicket | undefined): seen is SeenTicket {
  if (!seen) return false
  const { ticket, assigneeId } = seen
  const isUnread = (ticket.unread?.count ?? 0) > 0
  return (
    isOfStatus(wish, ticket.status) &&
    isRecent(wish, ticket.updatedAt) &&
    isInCharge(wish.charge, assigneeId) &&
    (wish.unread === undefined || wish.unread === isUnread)
  )
}

const unreadToo = new WeakMap<WantedDetails, WantedDetails>()

/** The details that a list reads of each ticket: what is asked for, and what its filter looks at. */
function detailsOf({ details }: WantedList, { unread }: TicketWish): WantedDetails {
  if (unread === undefined) return details
  const more = unreadToo.get(details) ?? { ...details, ticket: new Set([...(details.ticket ?? []), 'unread']) }
  unreadToo.set(details, more)
  return more
}

/** Creates `Tickets.followList`: a snapshot of a list of tickets, and then what enters, changes and leaves it. */
export function createFollowList(deps: Deps) {
  const { storage, limits } = deps
  const takeTurn = createTurnLimiter(SNAPSHOTS_PER_LOOP)
  const readSeen = createReadSeen(deps)
  const readCounts = createReadCounts(deps)

  return async (
    viewer: Viewer,
    { first: size, ...which }: TicketListOptions,
    wanted: WantedList = WHOLE,
  ): Promise<StateDescription<ActivityInvalidation, TicketListUpdate>> => {
    const first = requirePageSize('first', size, limits.pageSize)
    const list = listOf(viewer, which)
    const { wish } = list
    const audience = audienceOf(viewer)
    const own = userActivityTopic(viewer.userId)
    const details = detailsOf(wanted, wish)
    const hasCounts = wants(wanted.counts, 'byStatus', 'unread')
    const { ticket: entries, lastMessage } = wanted.details
    const page = { page: wanted.page, entries, lastMessage }

    /** What happened to each ticket since it was last told. */
    const happened = new Map<string, Happened>()
    /** Counts the snapshots. What happened before the latest one is in it. */
    let snapshots = 0

    const counts = (): Promise<TicketCounts> | TicketCounts =>
      hasCounts ? readCounts({ list, wanted: wanted.counts }) : notRead()

    const readSnapshot = async (): Promise<TicketListUpdate> => {
      await takeTurn()
      const tickets = await storage.read((tx) => readTicketPage(deps, tx, { list, first, after: null }, page))
      return { __typename: 'TicketListSnapshot', tickets, counts: await counts() }
    }

    const readChange = async (ticketId: string, since: number): Promise<ListChange | undefined> => {
      const change = since === snapshots ? happened.get(ticketId) : undefined
      if (!change) return undefined
      happened.delete(ticketId)
      const { before, reasons, mayBeKnown } = change
      const seen = await readSeen({ viewer, ticketId, wanted: details })
      if (since !== snapshots) return undefined
      if (hasTicket(wish, seen)) {
        const __typename = before === 'in' ? 'TicketListChanged' : 'TicketListEntered'
        return { __typename, ticket: seen.ticket, reasons, counts: await counts() }
      }
      return mayBeKnown ? { __typename: 'TicketListLeft', ticketId, reasons, counts: await counts() } : undefined
    }

    const take = (event: ActivityInvalidation): readonly Update<TicketListUpdate>[] => {
      if (event.audience !== audience) return []
      const { ticketId, reasons } = event
      const found = effectOn(wish, event)
      const effect = { ...found, isCounted: hasCounts && found.isCounted }
      if (effect.before === 'out' && effect.after === 'out' && !effect.isCounted) return []
      happened.set(ticketId, joined(happened.get(ticketId), effect, reasons))
      const since = snapshots
      return [{ key: `ticket:${ticketId}`, value: () => readChange(ticketId, since) }]
    }

    return {
      kind: 'state',
      source: `list:${audience}:${viewer.userId}`,
      scope: { user: viewer.userId },
      topics: audience === 'staff' ? [STAFF_ACTIVITY, own] : [own],
      load: async () => {
        snapshots += 1
        happened.clear()
        return [{ key: 'snapshot', value: await readSnapshot() }]
      },
      take,
    }
  }
}
