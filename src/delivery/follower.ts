import type { ExecutionResult } from 'graphql'
import { isCursorExpired } from '../feed/cursor.ts'
import type { LogFeed } from '../feed/follow.ts'
import { readPatiently } from '../feed/patience.ts'
import { takeUp } from '../resume/acknowledgements.ts'
import { isOtherHistory } from '../storage/incarnation.ts'
import { type Group, joinGroup, leaveGroup } from './group.ts'
import type { Member } from './member.ts'
import type { SubscriptionArgs } from './question.ts'
import type { Ending, Failing, Joined, Seat } from './results.ts'

type Log = LogFeed<unknown>

/** What all followers of a node have in common. */
export interface FollowerMeans {
  /** All who ask the same of a log. */
  readonly groupOf: (feed: Log, args: SubscriptionArgs) => Group
  /** The last result of a subscription that something ended. */
  readonly lastResult: (error: unknown, args: SubscriptionArgs) => ExecutionResult
}

/** Who follows, and who is told when that is over. */
export interface Following {
  readonly args: SubscriptionArgs
  readonly ending: Ending
}

/** A log that was deleted as a whole, such as an inbox that was erased, is over; one of a database that went back in time goes on. */
const goesOn = (gone: Log['view'], now: Log['view']): boolean =>
  gone.epoch === now.epoch || isOtherHistory(gone.epoch, now.epoch)

/** Takes a subscription up again under the key of its checkpoint. */
const openAgain = ({ outbox: { acknowledgements }, held }: Member): Seat['open'] => {
  if (!held) return undefined
  const { userId, key } = held.checkpoint
  return (head) => takeUp(acknowledgements, { userId, hash: key }, head)
}

/**
 * Follows a log for one subscriber, past its end: when the database has gone back in time, it joins the log as that is then, is told
 * that it may have missed something, and goes on from there. A class that keeps no more than that takes, since there is one per
 * subscription.
 */
export class Follower implements Joined, Failing {
  readonly #means: FollowerMeans
  readonly #args: SubscriptionArgs
  readonly #ending: Ending
  /** Whose cursor was refused goes on where it got to, or not at all. */
  readonly #isRefused: boolean
  #group: Group
  #member: Member

  constructor(means: FollowerMeans, feed: Log, seat: Seat, { args, ending }: Following) {
    this.#means = means
    this.#args = args
    this.#ending = ending
    this.#isRefused = feed.refusal !== undefined
    this.#group = means.groupOf(feed, args)
    this.#member = joinGroup(this.#group, feed, { ...seat, follower: this })
  }

  leave(): void {
    leaveGroup(this.#group, this.#member)
  }

  fail(error: unknown): void {
    if (this.#isRefused || !isCursorExpired(error)) this.#end(error)
    else this.#reopen(error).catch((failed: unknown) => this.#end(failed))
  }

  #end(error: unknown): void {
    this.#ending.end(this.#means.lastResult(error, this.#args))
  }

  async #reopen(gone: unknown): Promise<void> {
    const before = this.#member
    const { view, outbox, id } = before
    const now = await readPatiently(
      async () => view.reopen?.(),
      () => before.hasLeft,
    )
    if (before.hasLeft) return
    if (!now || !goesOn(view, now.view)) return this.#end(gone)
    leaveGroup(this.#group, before)
    const open = openAgain(before)
    this.#group = this.#means.groupOf(now, this.#args)
    this.#member = joinGroup(this.#group, now, {
      outbox,
      id,
      open,
      onBegun: undefined,
      isExpired: true,
      follower: this,
    })
  }
}
