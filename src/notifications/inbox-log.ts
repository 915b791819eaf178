import type { Topic } from '../bus/bus.ts'
import type { Change, LogDescription, Page, Scope } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import type { Wanted } from '../lib/wanted.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { StreamHead } from '../storage/streams.ts'
import { type InboxEvent, inboxStream, inboxTopic } from './inbox-events.ts'
import type { Followed, PageStart } from './inbox-pages.ts'
import type { OnlineUsers } from './online-users.ts'

/** One way to look at inboxes: what followers get of what happens there. */
export interface InboxView<Item> {
  readonly storage: Storage
  readonly clock: Clock
  readonly online: OnlineUsers
  readonly readPage: (tx: Tx, start: PageStart) => Promise<Page<Item>>
  /** See `LogDescription.readReset`. */
  readonly readReset: (tx: Tx, followed: Followed) => Promise<Page<Item>>
  readonly reopen: (userId: string, wanted: Wanted) => Promise<InboxLog<Item>>
  /** What an event says to a follower of the inbox with this epoch. */
  readonly take: (event: InboxEvent, epoch: string) => Change<Item>
}

/** The log of one inbox in one way to look at it. A class, since there is one per follower. */
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
  /** Of notifications that are read from the store. */
  readonly #wanted: Wanted

  /** It begins after the revision `from`; where the inbox stands when that is left out. */
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

  /** Its user, and nobody else, may see it. */
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

  reopen(): Promise<InboxLog<Item>> {
    return this.#view.reopen(this.#userId, this.#wanted)
  }

  #followed(now: number): Followed {
    return { userId: this.#userId, epoch: this.epoch, now, wanted: this.#wanted }
  }

  /** Whoever follows is online for announcements. */
  during(): () => void {
    return this.#view.online.enter(this.#userId, this.#announced)
  }
}
