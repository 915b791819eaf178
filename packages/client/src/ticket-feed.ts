import type { HeraldClient } from './client.ts'
import { TICKET_MESSAGES, TICKET_PAGE } from './desk-documents.ts'
import type { TicketMessage, TicketMessagesResult, TicketPageResult } from './document-types.ts'
import { HeraldError, isPassing, toHeraldError, tryAgain } from './errors.ts'
import { follow } from './follow.ts'
import { type OutgoingMessage, SendQueue } from './send-queue.ts'
import type { StoreSource } from './store.ts'
import {
  type ConversationTruth,
  loadConversation,
  type PendingChange,
  prependPage,
  reduceMessage,
  UNKNOWN_CONVERSATION,
  viewMessages,
  viewOutgoing,
} from './ticket-reducer.ts'
import { EMPTY_TICKET, newerTicket, type TicketState } from './ticket-state.ts'
import { followSurroundings, type Surroundings } from './ticket-surroundings.ts'

/** Which ticket, and how many messages a page has. */
export interface TicketFeedOptions {
  readonly ticketId: string
  readonly pageSize: number
  readonly deliver: (message: OutgoingMessage) => Promise<void>
}

type LoadedTicket = NonNullable<TicketPageResult['ticket']>

const MAX_PAGE = 100
/** How often listeners are called while many messages come, in milliseconds. */
const SHOW_EVERY_MS = 40

/** Keeps a ticket as it is at Herald, with what was sent and changed here on top. */
export class TicketFeed {
  readonly queue: SendQueue
  /** What Herald wants of who types; replaced when it is known. */
  times = { typingIdleStopMs: 3_000, typingExpiryMs: 6_000 }
  readonly #client: HeraldClient
  readonly #source: StoreSource<TicketState>
  readonly #options: TicketFeedOptions
  #truth: ConversationTruth = UNKNOWN_CONVERSATION
  #around: Surroundings = EMPTY_TICKET
  #pending: readonly PendingChange[] = []
  #error: HeraldError | null = null
  #isKnown = false
  /** The page that is loaded: whatever belongs to an earlier one is dropped when it comes. */
  #generation = 0
  #isOpen = false
  #stop = (): void => {}
  #leave = (): void => {}
  #cursor = ''
  /** Messages since an older page was asked for; undefined when none is. */
  #since: TicketMessage[] | undefined
  #shownAt = Number.NEGATIVE_INFINITY
  #showing: ReturnType<typeof setTimeout> | undefined

  constructor(client: HeraldClient, source: StoreSource<TicketState>, options: TicketFeedOptions) {
    this.#client = client
    this.#source = source
    this.#options = options
    this.queue = new SendQueue(options.deliver, () => this.show(), client.internals)
  }

  /** Begins to follow; returns how to end that. */
  open(): () => void {
    this.#isOpen = true
    this.#enter()
    void this.#load()
    return () => {
      this.#isOpen = false
      this.#leave()
      this.#begin()
    }
  }

  /** Begins anew, also after access was lost. What is shown stays until then. */
  async reload(): Promise<void> {
    if (!this.#isOpen) return
    this.#leave()
    this.#enter()
    await this.#load()
  }

  /** Loads the page of older messages. */
  async loadMore(): Promise<void> {
    const { hasMore, startCursor } = this.#truth
    if (!hasMore || this.#since) return
    const generation = this.#generation
    const since: TicketMessage[] = []
    this.#since = since
    this.show()
    try {
      const { messages } = await this.#askPage(this.#options.pageSize, startCursor)
      if (generation !== this.#generation) return
      this.#truth = prependPage(this.#truth, messages, since)
    } catch (cause) {
      if (generation !== this.#generation) return
      this.#error = toHeraldError(cause)
    }
    this.#since = undefined
    this.show()
  }

  /** Takes a message as Herald stored it, whichever way it came. */
  take(message: TicketMessage): void {
    if (!this.#isKnown) return
    this.#since?.push(message)
    this.#truth = reduceMessage(this.#truth, message)
  }

  /** Shows a change at once until Herald has answered with the message; null shows nothing before. Rejects when it is refused. */
  async change(change: PendingChange | null, answer: Promise<TicketMessage>): Promise<void> {
    if (change) this.#pending = [...this.#pending, change]
    this.show()
    try {
      this.take(await answer)
    } catch (cause) {
      this.#error = toHeraldError(cause)
      throw this.#error
    } finally {
      this.#pending = this.#pending.filter((one) => one !== change)
      this.show()
    }
  }

  #enter(): void {
    this.#leave = followSurroundings({
      client: this.#client,
      ticketId: this.#options.ticketId,
      now: () => this.#around,
      change: (change) => {
        this.#around = { ...this.#around, ...change }
        this.#showSoon()
      },
      failed: (error) => this.#lose(error),
      typingExpiryMs: () => this.times.typingExpiryMs,
    })
  }

  async #load(): Promise<void> {
    const generation = this.#begin()
    const last = Math.min(Math.max(this.#options.pageSize, this.#truth.messages.length), MAX_PAGE)
    try {
      const { messages, ...ticket } = await this.#askPage(last, null)
      if (generation !== this.#generation) return
      this.#truth = loadConversation(messages)
      this.#around = { ...this.#around, ticket: newerTicket(this.#around.ticket, ticket) }
      this.#isKnown = true
      this.#error = null
      this.#cursor = messages.resumeCursor
      this.show()
      this.#follow()
    } catch (cause) {
      if (generation === this.#generation) this.#fail(toHeraldError(cause))
    }
  }

  async #askPage(last: number, before: string | null): Promise<LoadedTicket> {
    const { ticketId } = this.#options
    const { ticket, realtimeConfig } = await this.#client.query<TicketPageResult>(TICKET_PAGE, {
      ticketId,
      last,
      before,
    })
    this.times = realtimeConfig
    if (!ticket) throw new HeraldError('There is no such ticket, or it is not yours to see.', 'NOT_FOUND')
    return ticket
  }

  #begin(): number {
    this.#stop()
    this.#stop = () => {}
    this.#since = undefined
    clearTimeout(this.#showing)
    this.#generation += 1
    return this.#generation
  }

  #follow(): void {
    const variables = { ticketId: this.#options.ticketId, after: this.#cursor }
    this.#stop = follow<TicketMessagesResult>(this.#client, () => ({ query: TICKET_MESSAGES, variables }), {
      next: ({ ticketMessage }, { mayHaveGap }) => {
        if (mayHaveGap) {
          void this.#load()
          return
        }
        this.#error = null
        this.take(ticketMessage)
        this.#showSoon()
      },
      failed: (error) => (error.code === 'CURSOR_EXPIRED' ? void this.#load() : this.#fail(error)),
    })
  }

  /** Shows what is wrong, and loads again when that passes. */
  #fail(error: HeraldError): void {
    if (!isPassing(error)) {
      this.#lose(error)
      return
    }
    this.#begin()
    this.#error = error
    this.show('error')
    this.#stop = tryAgain(error, this.#client.internals.waiting, () => void this.#load())
  }

  /** The ticket is not to be seen, or not any more: nothing of it is left on the screen. */
  #lose(error: HeraldError): void {
    this.#begin()
    this.#leave()
    if (error.code === 'FORBIDDEN' || error.code === 'NOT_FOUND') {
      this.#truth = UNKNOWN_CONVERSATION
      this.#around = EMPTY_TICKET
      this.#isKnown = false
    }
    this.#error = error
    this.show('error')
  }

  #showSoon(): void {
    clearTimeout(this.#showing)
    if (this.#client.internals.now() > this.#shownAt + SHOW_EVERY_MS) this.show()
    else this.#showing = setTimeout(() => this.show(), SHOW_EVERY_MS)
  }

  /** Shows how it is now. */
  show(status: TicketState['status'] = this.#isKnown ? 'ready' : this.#error ? 'error' : 'loading'): void {
    clearTimeout(this.#showing)
    this.#shownAt = this.#client.internals.now()
    const { ticket, typing, viewers, isViewersCapped, reads } = this.#around
    const shown: TicketState = {
      status,
      error: this.#error,
      ticket,
      messages: viewMessages(this.#truth, this.#pending),
      outgoing: viewOutgoing(this.queue.all, this.#truth.messages),
      hasMore: this.#truth.hasMore,
      isLoadingMore: this.#since !== undefined,
      typing,
      viewers,
      isViewersCapped,
      reads,
      pending: this.#pending.length,
    }
    this.#source.set(this.#client.internals.over.aborted ? EMPTY_TICKET : shown)
  }
}
