import type { HeraldClient } from './client.ts'
import { createClientStore, shared } from './client-store.ts'
import { CLAIM_TICKET, RELEASE_TICKET } from './desk-documents.ts'
import type { Actor, ClaimTicketResult, ListedTicket, TicketFilter, TicketOrder } from './document-types.ts'
import type { Store } from './store.ts'
import { EMPTY_TICKETS, TicketListFeed, type TicketListState } from './ticket-list-feed.ts'

/** Which tickets a list shows, and how many at a time. */
export interface TicketListOptions {
  /** As of the query `tickets`; all when left out. */
  readonly filter?: TicketFilter
  /** The latest change first when left out. */
  readonly orderBy?: TicketOrder
  /** How many a page has, 1 to 100; 50 when left out. */
  readonly first?: number
  /** Whether `counts` are counted, too. Changes come a little later then. False when left out. */
  readonly counts?: boolean
}

/** A list of tickets: a desk, or those of a customer. Promises reject with a `HeraldError`; nothing happens when nobody waits for that. */
export interface TicketListStore extends Store<TicketListState> {
  /** Loads more, when `hasMore`. */
  loadMore(): Promise<void>
  /** Loads the list again. It does so by itself when something may have been missed. */
  reload(): void
  /**
   * Takes charge of a ticket, if it is still in the charge of whom the list shows: otherwise it rejects with `CONFLICT`, and `extensions.assignee`
   * says who has it. With `me`, that is shown at once.
   */
  claim(ticketId: string, me?: Actor): Promise<void>
  /** Gives up charge of a ticket; that is shown at once. */
  release(ticketId: string): Promise<void>
}

/** Makes the store of a list of tickets. It is loaded with the first listener. For the same options it is the same store. */
export function createTicketList(
  client: HeraldClient,
  { filter = {}, orderBy = {}, first = 50, counts = false }: TicketListOptions = {},
): TicketListStore {
  const { field = 'UPDATED_AT', direction = 'DESC' } = orderBy
  const options = { filter, orderBy: { field, direction }, first, counts }
  return shared(client, `tickets ${JSON.stringify(options)}`, () => {
    const source = createClientStore(client, EMPTY_TICKETS, () => feed.open())
    const feed: TicketListFeed = new TicketListFeed(client, source, options)
    const ask = async (document: string, variables: Record<string, unknown>): Promise<ListedTicket> =>
      (await client.mutate<ClaimTicketResult>(document, variables)).done.ticket
    const assign = (ticketId: string, assignee: Actor | null | undefined, answer: Promise<ListedTicket>) => {
      const doing = feed.assign(ticketId, assignee, answer)
      doing.catch(() => {})
      return doing
    }
    return {
      ...source.store,
      loadMore: () => feed.loadMore(),
      reload: () => feed.reload(),
      claim: (ticketId, me) => {
        const expectedAssigneeId = feed.assigneeOf(ticketId)
        return assign(ticketId, me, ask(CLAIM_TICKET, { ticketId, expectedAssigneeId }))
      },
      release: (ticketId) => assign(ticketId, null, ask(RELEASE_TICKET, { ticketId })),
    }
  })
}
