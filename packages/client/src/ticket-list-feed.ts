import type { HeraldClient } from './client.ts'
import type { LoadState } from './client-store.ts'
import { TICKET_LIST, TICKET_LIST_PAGE } from './desk-documents.ts'
import type {
  ListedTicket,
  TicketCounts,
  TicketFilter,
  TicketListPageResult,
  TicketListsResult,
  TicketOrder,
} from './document-types.ts'
import { type HeraldError, toHeraldError } from './errors.ts'
import { follow } from './follow.ts'
import type { StoreSource } from './store.ts'
import {
  appendTickets,
  type PendingAssignee,
  reduceTicketList,
  type TicketListEvent,
  type TicketListTruth,
  takeTicket,
  UNKNOWN_TICKETS,
  viewTickets,
} from './ticket-list-reducer.ts'

/** What a list of tickets shows. */
export interface TicketListState extends LoadState {
  /** In their order, each once. */
  readonly tickets: readonly ListedTicket[]
  /** There are more: `loadMore()`. */
  readonly hasMore: boolean
  readonly isLoadingMore: boolean
  /** How many there are, as Herald has counted them; null until it has, and when they are not asked for. */
  readonly counts: TicketCounts | null
  /** The last change, with its reasons; null before one came. A sound is worth it when a ticket entered because of `ASSIGNMENT`. */
  readonly lastChange: TicketListChange | null
  /** The tickets that are claimed or given up here and not confirmed yet. */
  readonly pending: readonly string[]
}

/** A change of a list. */
export type TicketListChange = Exclude<TicketListEvent, { readonly __typename: 'TicketListSnapshot' }>

/** The state of a list before anything is known. */
export const EMPTY_TICKETS: TicketListState = {
  status: 'loading',
  error: null,
  tickets: [],
  hasMore: false,
  isLoadingMore: false,
  counts: null,
  lastChange: null,
  pending: [],
}

/** Which list. */
export interface TicketListFeedOptions {
  readonly filter: TicketFilter
  readonly orderBy: Required<TicketOrder>
  readonly first: number
  readonly counts: boolean
}

/** Keeps a list of tickets as it is at Herald, with what was claimed and given up here on top. */
export class TicketListFeed {
  readonly #client: HeraldClient
  readonly #source: StoreSource<TicketListState>
  readonly #options: TicketListFeedOptions
  #truth: TicketListTruth = UNKNOWN_TICKETS
  #pending: readonly PendingAssignee[] = []
  #counts: TicketCounts | null = null
  #lastChange: TicketListChange | null = null
  #error: HeraldError | null = null
  #isKnown = false
  /** Results since the next page was asked for; undefined when none is. A snapshot ends that. */
  #since: TicketListEvent[] | undefined
  #stop: (() => void) | undefined

  constructor(client: HeraldClient, source: StoreSource<TicketListState>, options: TicketListFeedOptions) {
    this.#client = client
    this.#source = source
    this.#options = options
  }

  /** Begins to follow; returns how to end that. */
  open(): () => void {
    const request = { query: TICKET_LIST, variables: { ...this.#options } }
    this.#stop = follow<TicketListsResult>(this.#client, () => request, {
      next: ({ ticketList }) => this.#take(ticketList),
      failed: (error) => {
        this.#error = error
        this.#since = undefined
        this.#show('error')
      },
    })
    return () => {
      this.#stop?.()
      this.#stop = undefined
      this.#since = undefined
    }
  }

  /** Begins anew. What is shown stays until then. */
  reload(): void {
    if (!this.#stop) return
    this.#stop()
    this.open()
  }

  /** Loads the next page. */
  async loadMore(): Promise<void> {
    const { hasMore, endCursor } = this.#truth
    if (!hasMore || this.#since) return
    const since: TicketListEvent[] = []
    this.#since = since
    this.#show()
    const { filter, orderBy, first } = this.#options
    try {
      const variables = { filter, orderBy, first, after: endCursor }
      const { tickets } = await this.#client.query<TicketListPageResult>(TICKET_LIST_PAGE, variables)
      if (this.#since !== since) return
      this.#truth = appendTickets(this.#truth, tickets, orderBy, since)
    } catch (cause) {
      if (this.#since !== since) return
      this.#error = toHeraldError(cause)
    }
    this.#since = undefined
    this.#show()
  }

  /** Shows somebody in charge until Herald has answered; undefined changes nothing before. Rejects when it is refused. */
  async assign(ticketId: string, assignee: PendingAssignee['assignee'], answer: Promise<ListedTicket>): Promise<void> {
    const one: PendingAssignee = { ticketId, assignee }
    this.#pending = [...this.#pending, one]
    this.#show()
    try {
      const ticket = await answer
      this.#truth = takeTicket(this.#truth, ticket)
    } catch (cause) {
      this.#error = toHeraldError(cause)
      throw this.#error
    } finally {
      this.#pending = this.#pending.filter((other) => other !== one)
      this.#show()
    }
  }

  /** Who has a ticket, as Herald said last. */
  assigneeOf(ticketId: string): string | null {
    return this.#truth.tickets.find(({ id }) => id === ticketId)?.assignee?.userId ?? null
  }

  #take(event: TicketListEvent): void {
    this.#error = null
    this.#isKnown = true
    if (event.__typename === 'TicketListSnapshot') this.#since = undefined
    else this.#lastChange = Object.freeze(event)
    this.#since?.push(event)
    this.#counts = event.counts ?? this.#counts
    this.#truth = reduceTicketList(this.#truth, event, this.#options.orderBy)
    this.#show()
  }

  #show(status: TicketListState['status'] = this.#isKnown ? 'ready' : 'loading'): void {
    const shown: TicketListState = {
      status,
      error: this.#error,
      tickets: viewTickets(this.#truth, this.#pending),
      hasMore: this.#truth.hasMore,
      isLoadingMore: this.#since !== undefined,
      counts: this.#counts,
      lastChange: this.#lastChange,
      pending: this.#pending.map(({ ticketId }) => ticketId),
    }
    this.#source.set(this.#client.internals.over.aborted ? EMPTY_TICKETS : shown)
  }
}
