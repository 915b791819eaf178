import type { ExecutionResult } from 'graphql'
import { readWithRetry } from '../lib/retry.ts'
import { takeUp } from '../resume/acknowledgements.ts'
import { isOtherHistory } from '../storage/incarnation.ts'
import { isCursorExpired } from './cursor.ts'
import { type AnyLog, Source } from './description.ts'
import type { SubscriptionArgs } from './execute.ts'
import { joinGroup, type LogGroup, leaveGroup } from './log-group.ts'
import type { LogSubscriber } from './log-subscriber.ts'
import type { Delivery, Ending, Failing, Subscribing } from './sink.ts'

/** What all deliveries of logs have in common. */
export interface LogDeliveryMeans {
  /** All who ask the same of a log. */
  readonly groupOf: (log: AnyLog, args: SubscriptionArgs) => LogGroup
  /** The last result of a subscription that something ended. */
  readonly lastResult: (error: unknown, args: SubscriptionArgs) => ExecutionResult
}

/** A log that was deleted as a whole, such as an inbox that was erased, is over; one of a database that went back in time goes on. */
function goesOn(gone: AnyLog, now: AnyLog): boolean {
  return gone.epoch === now.epoch || isOtherHistory(gone.epoch, now.epoch)
}

/** Takes a subscription up again under the key of its checkpoint. */
function resumeAgain({ held }: LogSubscriber): Subscribing['resume'] {
  if (!held) return undefined
  const { owner, checkpoint } = held
  return (head) => takeUp(owner, { userId: checkpoint.userId, hash: checkpoint.key }, head)
}

/**
 * Delivers a log to one subscriber, past its end: when the database has gone back in time, it joins the log as that is then, is told
 * that it may have missed something, and goes on from there. A class that keeps no more than that takes, since there is one per
 * subscription.
 */
export class LogDelivery implements Delivery, Failing {
  readonly #means: LogDeliveryMeans
  readonly #args: SubscriptionArgs
  readonly #ending: Ending
  /** Whose cursor was refused goes on where it got to, or not at all. */
  readonly #isRefused: boolean
  #group: LogGroup
  #subscriber: LogSubscriber

  constructor(means: LogDeliveryMeans, source: Source<AnyLog>, args: SubscriptionArgs, subscribing: Subscribing) {
    this.#means = means
    this.#args = args
    this.#ending = subscribing.ending
    this.#isRefused = source.refusal !== undefined
    this.#group = means.groupOf(source.description, args)
    this.#subscriber = joinGroup(this.#group, { ...subscribing, source, delivery: this, isExpired: false })
  }

  stop(): void {
    leaveGroup(this.#group, this.#subscriber)
  }

  fail(error: unknown): void {
    if (this.#isRefused || !isCursorExpired(error)) this.#end(error)
    else this.#reopen(error).catch((failed: unknown) => this.#end(failed))
  }

  #end(error: unknown): void {
    this.#ending.complete(this.#means.lastResult(error, this.#args))
  }

  async #reopen(gone: unknown): Promise<void> {
    const before = this.#subscriber
    const { log, sink, id } = before
    const now = await readWithRetry(
      async () => log.reopen?.(),
      () => before.hasLeft,
    )
    if (before.hasLeft) return
    if (!now || !goesOn(log, now)) return this.#end(gone)
    leaveGroup(this.#group, before)
    const resume = resumeAgain(before)
    this.#group = this.#means.groupOf(now, this.#args)
    this.#subscriber = joinGroup(this.#group, {
      source: new Source(now),
      sink,
      id,
      resume,
      onBegun: undefined,
      extensions: undefined,
      delivery: this,
      isExpired: true,
    })
  }
}
