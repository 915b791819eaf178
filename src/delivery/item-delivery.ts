import type { ExecutionResult } from 'graphql'
import { allLive, type Bus, type Listener, type Subscription } from '../bus/bus.ts'
import { isPending } from '../lib/serial.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import type { SignalDescription, StateDescription } from './description.ts'
import type { SubscriptionArgs } from './execute.ts'
import type { Message } from './message.ts'
import type { WriteItem } from './render.ts'
import type { Delivery, Ending, Extensions, Failing, Subscribing } from './sink.ts'
import { LatestValues, RecentSignals } from './waiting-items.ts'

/** What waits to be sent to one subscriber. */
interface Waiting {
  /** An event of one of the topics came. */
  receive(event: unknown): void
  /** Events may have been missed. */
  receiveGap(): void
  /** The next item; undefined when nothing waits. It is asked for only when it can be sent. */
  next(): unknown
  /** See `Listener.revision`. */
  readonly revision: number
}

/** A subscription to something else than a log. */
export type ItemDescription = StateDescription<unknown, object> | SignalDescription<unknown, unknown>

/** What all deliveries of items have in common. */
export interface ItemDeliveryMeans {
  readonly bus: Bus
  readonly writeOnce: (description: ItemDescription, args: SubscriptionArgs) => WriteItem
  readonly stats: DeliveryStats
  /** The last result of a subscription that something ended. */
  readonly lastResult: (error: unknown, args: SubscriptionArgs) => ExecutionResult
}

/**
 * Delivers a state or a signal to one subscriber. While its connection is slow, a state waits, so that the newest values are taken when
 * there is room, and a signal is dropped.
 */
export class ItemDelivery implements Delivery, Failing {
  readonly #means: ItemDeliveryMeans
  readonly #args: SubscriptionArgs
  readonly #ending: Ending
  readonly #write: WriteItem
  readonly #kind: 'state' | 'signal'
  readonly #sink: Subscribing['sink']
  readonly #id: Subscribing['id']
  readonly #waiting: Waiting
  readonly #subscriptions: readonly Subscription[]
  readonly #leave: (() => void) | undefined
  /** Of the first result. */
  #extensions: Extensions | undefined
  #isRung = false
  #isSending = false
  #isOver = false

  constructor(
    means: ItemDeliveryMeans,
    description: ItemDescription,
    args: SubscriptionArgs,
    subscribing: Subscribing,
  ) {
    const { kind, topics } = description
    this.#means = means
    this.#args = args
    this.#ending = subscribing.ending
    this.#write = means.writeOnce(description, args)
    this.#kind = kind
    this.#sink = subscribing.sink
    this.#id = subscribing.id
    this.#extensions = subscribing.extensions
    this.#waiting = kind === 'state' ? new LatestValues(description, this) : new RecentSignals(description)
    this.#leave = description.during?.((error) => this.fail(error))
    const listener = kind === 'state' && description.revisionOf ? ItemDelivery.derivedListener : ItemDelivery.listener
    this.#subscriptions = topics.map((topic) => means.bus.subscribe(topic, listener, this))
    this.live.then(subscribing.onBegun, subscribing.onBegun)
    this.#ring()
  }

  static readonly listener: Listener<unknown, ItemDelivery> = {
    event: (event, self) => {
      self.#waiting.receive(event)
      self.#ring()
    },
    gap: (self) => {
      self.#waiting.receiveGap()
      self.#ring()
    },
  }

  /** Of a state that is derived from a stream. */
  static readonly derivedListener: Listener<unknown, ItemDelivery> = {
    ...ItemDelivery.listener,
    revision: (self) => self.#waiting.revision,
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves when everything that happens from then on is received. */
  get live(): Promise<unknown> {
    return allLive(this.#subscriptions)
  }

  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    for (const subscription of this.#subscriptions) subscription.end()
    this.#leave?.()
  }

  fail(error: unknown): void {
    if (!this.#isOver) this.#ending.complete(this.#means.lastResult(error, this.#args))
  }

  /** There may be something to send. */
  #ring(): void {
    this.#isRung = true
    if (!this.#isSending) void this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true
    try {
      while (this.#isRung && !this.#isOver) {
        this.#isRung = false
        const step = this.#sendNext()
        if (isPending(step) ? await step : step) this.#isRung = true
      }
    } catch (error) {
      this.fail(error)
    } finally {
      this.#isSending = false
    }
  }

  /** Returns whether there may be more, at once where nothing has to be waited for. */
  #sendNext(): boolean | Promise<boolean> {
    if (this.#kind === 'state' && this.#sink.isSlow()) return this.#sink.waitForRoom().then(() => true)
    const item = this.#waiting.next()
    return isPending(item) ? item.then((later) => this.#writeItem(later)) : this.#writeItem(item)
  }

  #writeItem(item: unknown): boolean | Promise<boolean> {
    if (item === undefined || this.#isOver) return false
    if (this.#kind === 'signal' && this.#sink.isSlow()) {
      this.#means.stats.dropped += 1
      return true
    }
    const message = this.#write(item, this.#extensions)
    return isPending(message) ? message.then((later) => this.#send(later)) : this.#send(message)
  }

  #send(message: Message): boolean {
    if (this.#isOver) return false
    this.#extensions = undefined
    this.#means.stats.deliveries += 1
    this.#sink.send(message, this.#id)
    return true
  }
}
