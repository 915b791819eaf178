import type { Actor, ListedTicket, TicketListPageResult, TicketListsResult, TicketOrder } from './document-types.ts'
import { newerTicket } from './ticket-state.ts'

/** A result of a list of tickets, as Herald says it. */
export type TicketListEvent = TicketListsResult['ticketList']

/** A page of a list of tickets, as Herald answers it. */
export type LoadedTickets = TicketListPageResult['tickets']

/** What is known of a list of tickets, from Herald alone. */
export interface TicketListTruth {
  /** In their order, each once: all down to `last`. */
  readonly tickets: readonly ListedTicket[]
  /** There are more. */
  readonly hasMore: boolean
  /** Where the next page begins. */
  readonly endCursor: string | null
  /** The place of the last one that was loaded; null before that. */
  readonly last: TicketPlace | null
}

/** Where a ticket is in a list. */
interface TicketPlace {
  readonly at: string
  readonly id: string
}

/** That a ticket was claimed or given up here, which Herald has not answered yet. */
export interface PendingAssignee {
  readonly ticketId: string
  /** Undefined shows what it was. */
  readonly assignee: Actor | null | undefined
}

/** A list of which nothing is known. */
export const UNKNOWN_TICKETS: TicketListTruth = { tickets: [], hasMore: false, endCursor: null, last: null }

function placeOf({ id, createdAt, updatedAt }: ListedTicket, { field }: TicketOrder): TicketPlace {
  return { at: field === 'CREATED_AT' ? createdAt : updatedAt, id }
}

/** Whether a place is behind another one. */
function isBehind(one: TicketPlace, other: TicketPlace, { direction }: TicketOrder): boolean {
  const [first, second] = direction === 'ASC' ? [other, one] : [one, other]
  return first.at === second.at ? first.id < second.id : first.at < second.at
}

/** Puts a ticket in its place, in the place of the one that is there. */
function put(truth: TicketListTruth, ticket: ListedTicket, order: TicketOrder): TicketListTruth {
  const others = truth.tickets.filter(({ id }) => id !== ticket.id)
  const place = placeOf(ticket, order)
  const isFurther = truth.last !== null && isBehind(place, truth.last, order)
  // It comes with its page.
  if (truth.hasMore && isFurther) return { ...truth, tickets: others }
  const next = others.findIndex((other) => isBehind(placeOf(other, order), place, order))
  const at = next === -1 ? others.length : next
  return { ...truth, tickets: [...others.slice(0, at), Object.freeze(ticket), ...others.slice(at)] }
}

/** Adds a page of what is behind. What is known already stays, unless the page has a newer version. */
function add(truth: TicketListTruth, { nodes, pageInfo }: LoadedTickets, order: TicketOrder): TicketListTruth {
  const end = nodes.at(-1)
  const longer: TicketListTruth = {
    tickets: truth.tickets,
    hasMore: pageInfo.hasNextPage,
    endCursor: pageInfo.endCursor ?? truth.endCursor,
    last: end ? placeOf(end, order) : truth.last,
  }
  return nodes.reduce((state, ticket) => {
    const held = state.tickets.find(({ id }) => id === ticket.id) ?? null
    const newer = newerTicket(held, ticket)
    return newer === held ? state : put(state, newer, order)
  }, longer)
}

/** Applies a result. Each takes the place of what it names; a snapshot that of everything. */
export function reduceTicketList(truth: TicketListTruth, event: TicketListEvent, order: TicketOrder): TicketListTruth {
  switch (event.__typename) {
    case 'TicketListSnapshot':
      return add(UNKNOWN_TICKETS, event.tickets, order)
    case 'TicketListLeft':
      return truth.tickets.some(({ id }) => id === event.ticketId)
        ? { ...truth, tickets: truth.tickets.filter(({ id }) => id !== event.ticketId) }
        : truth
    default: {
      const held = truth.tickets.find(({ id }) => id === event.ticket.id)
      return held && held.revision > event.ticket.revision ? truth : put(truth, event.ticket, order)
    }
  }
}

/** Adds the next page. `since` are the results that came after it was asked for: what they say of its tickets is not lost. */
export function appendTickets(
  truth: TicketListTruth,
  page: LoadedTickets,
  order: TicketOrder,
  since: readonly TicketListEvent[],
): TicketListTruth {
  return since.reduce((state, event) => reduceTicketList(state, event, order), add(truth, page, order))
}

/** Takes a ticket as Herald answered it, if it is in the list. */
export function takeTicket(truth: TicketListTruth, ticket: ListedTicket): TicketListTruth {
  const tickets = truth.tickets.map((held) => (held.id === ticket.id ? newerTicket(held, ticket) : held))
  return { ...truth, tickets }
}

/** What is shown: what Herald said, with who is in charge by what was done here. */
export function viewTickets(
  { tickets }: Pick<TicketListTruth, 'tickets'>,
  pending: readonly PendingAssignee[],
): readonly ListedTicket[] {
  return pending.reduce((shown, { ticketId, assignee }) => {
    if (assignee === undefined) return shown
    return shown.map((ticket) => (ticket.id === ticketId ? Object.freeze({ ...ticket, assignee }) : ticket))
  }, tickets)
}
