import { onTestFinished } from 'vitest'
import type { Delivery, Feed } from '../../src/feed/feed.ts'

export interface Reader<Item> {
  /** The next item; waits for it. */
  next(): Promise<Item>
  /** The next `count` items. */
  take(count: number): Promise<Item[]>
  /** The next item with its cursor. */
  delivery(): Promise<Delivery<Item>>
  /** Resolves when the feed ends; rejects with what ended it. Items that come before are dropped. */
  ended(): Promise<void>
  /** Stops reading, as a client that unsubscribes. */
  stop(): Promise<void>
}

/** A test may look at a rejection later than it comes. */
const handled = <Result>(promise: Promise<Result>): Promise<Result> => {
  promise.catch(() => {})
  return promise
}

/** Begins to read a feed and stops when the test is over. */
export const read = <Item>(feed: Feed<Item>): Reader<Item> => {
  const iterator = feed[Symbol.asyncIterator]()
  const stop = async (): Promise<void> => {
    await iterator.return?.()
  }
  onTestFinished(stop)
  const delivery = async (): Promise<Delivery<Item>> => {
    const result = await iterator.next()
    if (result.done) throw new Error('The feed has ended')
    return result.value
  }
  const next = async (): Promise<Item> => (await delivery()).item
  const ended = async (): Promise<void> => {
    while (!(await iterator.next()).done);
  }
  return {
    next: () => handled(next()),
    delivery: () => handled(delivery()),
    stop,
    take: async (count) => {
      const items: Item[] = []
      while (items.length < count) items.push(await next())
      return items
    },
    ended: () => handled(ended()),
  }
}
