import { isCursorExpired } from '../feed/cursor.ts'
import type { Fail } from '../feed/feed.ts'
import type { LogFeed } from '../feed/follow.ts'
import { readPatiently } from '../feed/patience.ts'
import { isOtherHistory } from '../storage/incarnation.ts'
import { openBookmark } from './acknowledgements.ts'
import type { Bookmark } from './bookmark.ts'
import type { Joined } from './group.ts'
import type { Subscriber } from './member.ts'
import type { Seat } from './results.ts'

type Log = LogFeed<unknown>

/** Lets a subscriber follow a log together with all who ask the same. */
export type JoinLog = (feed: Log, subscriber: Subscriber) => Joined

/** A log that was deleted as a whole, such as an inbox that was erased, is over; one of a database that went back in time goes on. */
const goesOn = (gone: Log['view'], now: Log['view']): boolean =>
  gone.epoch === now.epoch || isOtherHistory(gone.epoch, now.epoch)

/** Takes a subscription up again under the key of its bookmark. */
const openAgain = ({ owner, held }: Bookmark): Seat['open'] => {
  const { userId, key } = held.entry
  return (lane) => openBookmark(owner, { userId, hash: key }, lane)
}

/**
 * Follows a log for one subscriber, past its end: when the database has gone back in time, it joins the log as that is then, is told
 * that it may have missed something, and goes on from there. A class that keeps no more than that takes, since there is one per
 * subscription.
 */
export class Follower {
  readonly #outbox: Subscriber['outbox']
  readonly #id: Subscriber['id']
  readonly #fail: Fail
  readonly #join: JoinLog
  #view: Log['view']
  #joined: Joined
  #hasLeft = false

  constructor(feed: Log, subscriber: Subscriber, join: JoinLog) {
    const { outbox, id, fail } = subscriber
    this.#outbox = outbox
    this.#id = id
    this.#fail = fail
    this.#join = join
    this.#view = feed.view
    // Whose cursor was refused goes on where it got to, or not at all.
    this.#joined = join(feed, feed.refusal === undefined ? this.#withFail(subscriber) : subscriber)
  }

  leave(): void {
    this.#hasLeft = true
    this.#joined.leave()
  }

  #withFail({
    open,
    onBegun,
    extensions,
    isExpired = false,
  }: Pick<Subscriber, 'open' | 'onBegun' | 'extensions' | 'isExpired'>): Subscriber {
    const fail: Fail = (error) => {
      if (isCursorExpired(error)) this.#reopen(error).catch(this.#fail)
      else this.#fail(error)
    }
    return { outbox: this.#outbox, id: this.#id, fail, open, onBegun, extensions, isExpired }
  }

  async #reopen(gone: unknown): Promise<void> {
    const now = await readPatiently(
      async () => this.#view.reopen?.(),
      () => this.#hasLeft,
    )
    if (this.#hasLeft) return
    if (!now || !goesOn(this.#view, now.view)) return this.#fail(gone)
    const { bookmark } = this.#joined.member
    this.#joined.leave()
    this.#view = now.view
    const open = bookmark && openAgain(bookmark)
    this.#joined = this.#join(now, this.#withFail({ open, onBegun: undefined, isExpired: true }))
  }
}
