import type { HeraldClient } from './client.ts'
import type { InboxEventsResult, InboxPageResult, InboxRevisionResult, NotificationFilter } from './document-types.ts'
import { INBOX_EVENTS, INBOX_PAGE, INBOX_REVISION } from './documents.ts'
import { type HeraldError, toHeraldError, tryAgain } from './errors.ts'
import { follow } from './follow.ts'
import {
  appendPage,
  asksForReload,
  type InboxEvent,
  type InboxTruth,
  loadInbox,
  type PendingMark,
  reduceInbox,
  UNKNOWN_INBOX,
  viewInbox,
} from './inbox-reducer.ts'
import type { InboxState } from './inbox-state.ts'
import { PendingMarks } from './pending-marks.ts'
import type { StoreSource } from './store.ts'

/** Which inbox. */
export interface InboxFeedOptions {
  readonly filter: NotificationFilter
  readonly pageSize: number
  readonly unseen: boolean
}

/** The largest page that Herald gives. */
const MAX_PAGE = 100
/** So many events within `BURST_MS` are not applied one by one: loading the list again is quicker. */
const BURST = 200
const BURST_MS = 1_000
/** How often listeners are called while many events come, in milliseconds. */
const SHOW_EVERY_MS = 40
/** How long after waking events may take that were on their way, in milliseconds. */
const LATE_MS = 2_000

type Marked = { readonly done: { readonly unread: { readonly revision: number } } }

/** Keeps an inbox as it is at Herald, with the marks that were made here on top. */
export class InboxFeed {
  readonly #client: HeraldClient
  readonly #source: StoreSource<InboxState>
  readonly #options: InboxFeedOptions
  #truth: InboxTruth = UNKNOWN_INBOX
  readonly #pending = new PendingMarks(() => this.#show())
  #error: HeraldError | null = null
  #isKnown = false
  /** The list that is loaded: whatever belongs to an earlier one is dropped when it comes. */
  #generation = 0
  #stop = (): void => {}
  #cursor = ''
  /** Events since the next page was asked for; undefined when none is. */
  #since: InboxEvent[] | undefined
  #burst = 0
  #burstBegan = Number.NEGATIVE_INFINITY
  #shownAt = Number.NEGATIVE_INFINITY
  #showing: ReturnType<typeof setTimeout> | undefined

  constructor(client: HeraldClient, source: StoreSource<InboxState>, options: InboxFeedOptions) {
    this.#client = client
    this.#source = source
    this.#options = options
  }

  /** The revision of the newest state that is known. */
  get revision(): number | null {
    return this.#truth.unread?.revision ?? null
  }

  /** Begins to follow; returns how to end that. */
  open(): () => void {
    void this.load()
    const forget = this.#client.internals.waiting.onWake(() => void this.#check())
    return () => {
      forget()
      this.#begin()
    }
  }

  /** Loads the list again, as many as there were, and follows from there. What was shown stays until then. */
  async load(): Promise<void> {
    const generation = this.#begin()
    const first = Math.min(Math.max(this.#options.pageSize, this.#truth.items.length), MAX_PAGE)
    try {
      const { notifications } = await this.#askPage(first, null)
      if (generation !== this.#generation) return
      this.#truth = loadInbox(notifications)
      this.#isKnown = true
      this.#error = null
      this.#cursor = notifications.resumeCursor
      this.#pending.settle(this.revision)
      this.#show()
      this.#follow()
    } catch (cause) {
      if (generation === this.#generation) this.#fail(toHeraldError(cause))
    }
  }

  /** Loads the next page. */
  async loadMore(): Promise<void> {
    const { hasMore, endCursor } = this.#truth
    if (!hasMore || this.#since) return
    const generation = this.#generation
    const since: InboxEvent[] = []
    this.#since = since
    this.#show()
    try {
      const { notifications } = await this.#askPage(this.#options.pageSize, endCursor)
      if (generation !== this.#generation) return
      this.#truth = appendPage(this.#truth, notifications, this.#options.filter, since)
    } catch (cause) {
      if (generation !== this.#generation) return
      this.#error = toHeraldError(cause)
    }
    this.#since = undefined
    this.#show()
  }

  /** Shows a mark at once, and takes it off again when Herald refuses it. Rejects then. */
  async mark(mark: PendingMark, document: string, variables: Record<string, unknown>): Promise<void> {
    const confirm = this.#pending.add(mark)
    try {
      const { done } = await this.#client.mutate<Marked>(document, variables)
      confirm(done.unread.revision, this.revision)
    } catch (cause) {
      this.#error = toHeraldError(cause)
      confirm(null, null)
      throw this.#error
    }
  }

  #askPage(first: number, after: string | null): Promise<InboxPageResult> {
    const { filter, unseen } = this.#options
    return this.#client.query<InboxPageResult>(INBOX_PAGE, { first, after, filter, unseen })
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
    const request = () => ({
      query: INBOX_EVENTS,
      variables: { after: this.#cursor, unseen: this.#options.unseen },
    })
    this.#stop = follow<InboxEventsResult>(this.#client, request, {
      next: ({ notificationEvents }, { mayHaveGap }) => this.#take(notificationEvents, mayHaveGap),
      failed: (error) => (error.code === 'CURSOR_EXPIRED' ? void this.load() : this.#fail(error)),
    })
  }

  #take(event: InboxEvent, mayHaveGap: boolean): void {
    const { now } = this.#client.internals
    if (now() > this.#burstBegan + BURST_MS) {
      this.#burst = 0
      this.#burstBegan = now()
    }
    this.#burst += 1
    if (mayHaveGap || this.#burst > BURST || asksForReload(event, this.#options.filter)) {
      this.#burst = 0
      void this.load()
      return
    }
    this.#error = null
    this.#cursor = event.cursor
    this.#since?.push(event)
    this.#truth = reduceInbox(this.#truth, event, this.#options.filter)
    this.#pending.settle(this.revision)
    clearTimeout(this.#showing)
    if (now() > this.#shownAt + SHOW_EVERY_MS) this.#show()
    else this.#showing = setTimeout(() => this.#show(), SHOW_EVERY_MS)
  }

  /** Shows what is wrong, and loads the list again when that passes. */
  #fail(error: HeraldError): void {
    this.#begin()
    this.#error = error
    this.#show('error')
    this.#stop = tryAgain(error, this.#client.internals.waiting, () => void this.load())
  }

  /** After the device slept, or the page was frozen: looks whether everything has come, and loads the list again if not. */
  async #check(): Promise<void> {
    const generation = this.#generation
    const { unreadCount } = await this.#client
      .query<InboxRevisionResult>(INBOX_REVISION)
      .catch(() => ({ unreadCount: null }))
    const { revision = 0 } = unreadCount ?? {}
    if (revision <= (this.revision ?? 0)) return
    setTimeout(() => {
      if (generation === this.#generation && revision > (this.revision ?? 0)) void this.load()
    }, LATE_MS)
  }

  #show(status: InboxState['status'] = this.#isKnown ? 'ready' : 'loading'): void {
    if (this.#client.internals.over.aborted) return
    clearTimeout(this.#showing)
    this.#shownAt = this.#client.internals.now()
    const { unread, hasMore } = this.#truth
    this.#source.set({
      status,
      error: this.#error,
      items: viewInbox(this.#truth, this.#pending.all, this.#options.filter),
      unread,
      unseen: unread?.unseen ?? null,
      hasMore,
      isLoadingMore: this.#since !== undefined,
      pending: this.#pending.all.length,
    })
  }
}
