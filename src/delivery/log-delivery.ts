import type { ExecutionResult } from 'graphql'
import { readWithRetry } from '../lib/retry.ts'
import { takeUp } from '../resume/acknowledgements.ts'
import { historyOf } from '../storage/incarnation.ts'
import { isLost } from '../storage/stream-terms.ts'
import { isCursorExpired } from './cursor.ts'
import { type AnyLog, Source } from './description.ts'
import type { SubscriptionArgs } from './execute.ts'
import { joinGroup, type LogGroup, leaveGroup } from './log-group.ts'
import type { LogSubscriber } from './log-subscriber.ts'
import type { Delivery, Ending, Failing, Subscribing } from './sink.ts'

/** The functions that all deliveries of logs share. */
export interface LogDeliveryMeans {
  /** The group of a log and an operation. It is opened when there is none. */
  readonly groupOf: (log: AnyLog, args: SubscriptionArgs) => LogGroup
  /** The last result of a subscription that an error has ended. */
  readonly lastResult: (error: unknown, args: SubscriptionArgs) => ExecutionResult
  /** `Histories.renew`. */
  readonly renewHistory: (gone: string) => Promise<void>
}

/**
 * Whether subscribers of a log that is gone go on with the present one: when the database went back in time, but not when the stream was
 * deleted, such as the inbox of an erased user.
 */
function goesOn(gone: AnyLog, now: AnyLog): boolean {
  return gone.epoch === now.epoch || historyOf(gone.epoch) !== historyOf(now.epoch)
}

/** `Subscribing.resume` for a subscriber that changes to another log: it begins again with the key of its checkpoint. */
function resumeAgain({ held }: LogSubscriber): Subscribing['resume'] {
  if (!held) return undefined
  const { owner, checkpoint } = held
  return (head) => takeUp(owner, { userId: checkpoint.userId, hash: checkpoint.key }, head)
}

/**
 * Delivers a log to one subscriber. When the database has gone back in time, the subscriber changes to the log as it is then. It is told
 * that it may have missed something, and goes on from there. It is a class with few fields to save memory, since there is one per
 * subscription.
 */
export class LogDelivery implements Delivery, Failing {
  readonly #means: LogDeliveryMeans
  readonly #args: SubscriptionArgs
  readonly #ending: Ending
  /** Whether the cursor of the argument `after` was refused. Then the subscription ends, rather than changing to another log. */
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

  /**
   * Describes the log as it is now. A change that the subscriber has and the stream lacks shows that the database has gone back in time.
   * All nodes are told so before the subscriber forgets it: there may be no other sign.
   */
  async #describe({ log, revision, term }: LogSubscriber): Promise<AnyLog | undefined> {
    const now = await log.reopen?.()
    const place = { epoch: log.epoch, term, revision }
    if (!now || !isLost({ ...now, revision: now.head }, place)) return now
    await this.#means.renewHistory(historyOf(log.epoch))
    return log.reopen?.()
  }

  async #reopen(gone: unknown): Promise<void> {
    const before = this.#subscriber
    const { log, sink, id } = before
    const now = await readWithRetry(
      () => this.#describe(before),
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
