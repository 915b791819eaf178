import { onTestFinished } from 'vitest'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import { type AnyLog, type Description, Source } from '../../src/delivery/description.ts'
import { ItemDelivery, type ItemDescription } from '../../src/delivery/item-delivery.ts'
import { LogDelivery } from '../../src/delivery/log-delivery.ts'
import { operationId, shareMessage } from '../../src/delivery/message.ts'
import type { Delivery, Subscribing } from '../../src/delivery/sink.ts'
import { ANY_ARGS, lastResult, logMeans } from './delivery.ts'
import { handled, ReadSink } from './read-sink.ts'
import { busOf } from './with-bus.ts'

/** An item, and in a log the cursor behind it. */
export interface Delivered<Item> {
  readonly item: Item
  readonly cursor?: string
}

export interface Reader<Item> {
  /** The next item; waits for it. */
  next(): Promise<Item>
  /** The next `count` items. */
  take(count: number): Promise<Item[]>
  /** The next item with its cursor. */
  delivery(): Promise<Delivered<Item>>
  /** The next item with its cursor; undefined when it was stopped. */
  read(): Promise<Delivered<Item> | undefined>
  /** Resolves when the subscription is stopped; rejects with what ended it. Items that come before are dropped. */
  ended(): Promise<void>
  /** Stops reading, as a client that unsubscribes. */
  stop(): Promise<void>
}

/** How many results may wait for whoever reads a log or a signal; of a state, one is taken when it is wanted. */
const ROOM = 64
const ID = operationId('1')

/** The log as it is, and no longer when it is gone. */
function withoutReopening(log: AnyLog): AnyLog {
  const { kind, source, scope, from, head, epoch, terms, topic } = log
  const during = log.during && { during: (fail: (error: unknown) => void) => log.during?.(fail) ?? (() => {}) }
  return {
    ...{ kind, source, scope, from, head, epoch, terms, topic, ...during },
    read: (after, term) => log.read(after, term),
    readReset: () => log.readReset(),
    take: (event) => log.take(event),
  }
}

function deliver(description: Description, subscribing: Subscribing): Delivery {
  const bus = busOf(description)
  if (description.kind === 'log') {
    const source = new Source(withoutReopening(description))
    return new LogDelivery(logMeans(bus), source, ANY_ARGS, subscribing)
  }
  const writeOnce = () => (data: unknown) => shareMessage(JSON.stringify({ data }))
  const means = { bus, writeOnce, stats: createDeliveryStats(), lastResult }
  return new ItemDelivery(means, description as ItemDescription, ANY_ARGS, subscribing)
}

/** Begins to read what a subscription delivers, and stops when the test is over. */
export function read<Item>(description: Description<Item>): Reader<Item> {
  const sink = new ReadSink(description.kind === 'state' ? 0 : ROOM)
  const subscribing = { sink, id: ID, resume: undefined, onBegun: undefined, extensions: undefined, ending: sink }
  const delivered = deliver(description, subscribing)
  if (sink.isOver) delivered.stop()
  else sink.onOver = () => delivered.stop()
  const stop = async (): Promise<void> => sink.complete()
  onTestFinished(stop)
  const next = async (): Promise<Delivered<Item> | undefined> => {
    const message = await sink.read()
    if (!message) return undefined
    const { data } = JSON.parse(message.payload) as { readonly data: Item }
    return { item: data, ...(message.cursor !== undefined && { cursor: message.cursor }) }
  }
  const delivery = async (): Promise<Delivered<Item>> => {
    const found = await next()
    if (!found) throw new Error('The subscription has ended')
    return found
  }
  const ended = async (): Promise<void> => {
    while (await next());
  }
  return {
    next: () => handled(delivery().then(({ item }) => item)),
    delivery: () => handled(delivery()),
    read: () => handled(next()),
    stop,
    take: async (count) => {
      const items: Item[] = []
      while (items.length < count) items.push((await delivery()).item)
      return items
    },
    ended: () => handled(ended()),
  }
}
