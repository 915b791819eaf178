import type { Topic } from '../bus/bus.ts'
import type { Change, Confirmed, LogDescription, Page, Scope } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { StreamHead } from '../storage/streams.ts'
import { type InboxEvent, inboxStream, inboxTopic } from './inbox-events.ts'
import type { Followed, PageStart } from './inbox-pages.ts'
import type { OnlineUsers } from './online-users.ts'

/** One kind of subscription to inboxes: how its items are read from the store and made of events. */
export interface InboxView<Item> {
  readonly storage: Storage
  readonly clock: Clock
  readonly online: OnlineUsers
  readonly readPage: (tx: Tx, start: PageStart) => Promise<Page<Item>>
  /** Reads what is sent when something may have been missed; see `LogDescription.readReset`. */
  readonly readReset: (tx: Tx, followed: Followed) => Promise<Page<Item>>
  /** Describes the inbox of the user anew, as it is now. */
  readonly reopen: (userId: string, wanted: Wanted) => Promise<InboxLog<Item>>
  /** What an event says to a subscriber of the inbox with this epoch. */
  readonly take: (event: InboxEvent, epoch: string) => Change<Item>
  /** Notes what a device of the user has acknowledged. */
  readonly noteDelivered: (userId: string, epoch: string, confirmed: Confirmed) => void
}

/** Describes the log of one inbox, for one kind of subscription. A class, since there is one per subscriber. */
export class InboxLog<Item> implements LogDescription<InboxEvent, Item> {
  readonly kind = 'log'
  readonly from: number
  readonly head: number
  readonly epoch: string
  readonly terms: string
  readonly #userId: string
  readonly #view: InboxView<Item>
  /** The last announcement that is known to be materialised in the inbox. */
  readonly #announced: number
  /** The fields that are wanted of notifications read from the store. */
  readonly #wanted: Wanted

  /** Begins after the revision `from`. Left out: where the inbox stands. */
  constructor(
    view: InboxView<Item>,
    userId: string,
    { epoch, terms, revision, announced }: StreamHead,
    { wanted, from = revision }: { readonly wanted: Wanted; readonly from?: number | undefined },
  ) {
    this.from = from
    this.head = revision
    this.epoch = epoch
    this.terms = terms
    this.#userId = userId
    this.#view = view
    this.#announced = announced
    this.#wanted = wanted
  }

  get source(): string {
    return inboxStream(this.#userId)
  }

  /** Only the user whose inbox it is may see it. */
  get scope(): Scope {
    return { user: this.#userId }
  }

  get topic(): Topic<InboxEvent> {
    return inboxTopic(this.#userId)
  }

  take(event: InboxEvent): Change<Item> {
    return this.#view.take(event, this.epoch)
  }

  read(after: number, term: string): Promise<Page<Item>> {
    const { storage, clock, readPage } = this.#view
    return storage.read((tx) => readPage(tx, { ...this.#followed(clock.now()), after, term }))
  }

  readReset(): Promise<Page<Item>> {
    const { storage, clock, readReset } = this.#view
    return storage.read((tx) => readReset(tx, this.#followed(clock.now())))
  }

  acknowledged(confirmed: Confirmed): void {
    this.#view.noteDelivered(this.#userId, this.epoch, confirmed)
  }

  reopen(): Promise<InboxLog<Item>> {
    return this.#view.reopen(this.#userId, this.#wanted)
  }

  #followed(now: number): Followed {
    return { userId: this.#userId, epoch: this.epoch, now, wanted: this.#wanted }
  }

  /** A user who follows counts as online, and gets announcements at once. */
  during(): () => void {
    return this.#view.online.enter(this.#userId, this.#announced)
  }
}
