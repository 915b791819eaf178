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

/** The items that wait to be sent to one subscriber. */
interface Waiting {
  /** Takes an event of one of the topics. */
  receive(event: unknown): void
  /** Call it when events may have been missed. */
  receiveGap(): void
  /** Removes and returns the next item; undefined when none waits. Called only when the item can be sent. */
  next(): unknown
  /** The revision up to which everything is known (see `Listener.revision`). */
  readonly revision: number
}

/** The description of a state or a signal. */
export type ItemDescription = StateDescription<unknown, object> | SignalDescription<unknown, unknown>

/** The functions that all deliveries of states and signals share. */
export interface ItemDeliveryMeans {
  readonly bus: Bus
  readonly writeOnce: (description: ItemDescription, args: SubscriptionArgs) => WriteItem
  readonly stats: DeliveryStats
  /** The last result of a subscription that an error has ended. */
  readonly lastResult: (error: unknown, args: SubscriptionArgs) => ExecutionResult
}

/**
 * Delivers a state or a signal to one subscriber. While its connection is slow, a state waits, and then sends only the newest values. A
 * signal is dropped.
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
  /** The extensions for the first result; undefined once it was sent. */
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

  /** The listener of a state that is derived from a stream, which has a revision. */
  static readonly derivedListener: Listener<unknown, ItemDelivery> = {
    ...ItemDelivery.listener,
    revision: (self) => self.#waiting.revision,
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Resolves when every event from then on is received. */
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

  /** Call it when there may be an item to send. Begins to send, unless that is under way. */
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

  /** Sends the next item. Returns whether there may be more; a promise only when something has to be waited for. */
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
