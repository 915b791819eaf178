import { setTimeout } from 'node:timers/promises'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { createCounts } from '../lib/counter.ts'
import { HeldError } from './held.ts'
import type { Storage } from './storage.ts'

/** How `createAroundHeld` works on items. */
export interface AroundHeldOptions<Item, Result> {
  readonly storage: Pick<Storage, 'findHeld'>
  /** The streams that an item writes to. */
  readonly streamsOf: (item: Item) => readonly string[]
  /**
   * Works on several items in one transaction. Resolves to a result or an error for each, in their order. Throws HeldError when another
   * transaction holds a row that one of them needs.
   */
  readonly together: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>
  /** Works on one item, which may wait for held rows. Items that are given the same `stream` happen in the order of these calls. */
  readonly alone: (item: Item, stream: string | undefined) => Promise<Result>
}

/** After a stream was found held, for this many milliseconds `findHeld` is asked before a transaction is tried. */
const TROUBLE_MS = 2_000

/**
 * Works on several items. Resolves once all are done that need no held stream, to a result for each, in their order. The result of an item
 * that has to wait is a promise.
 */
export type AroundHeld<Item, Result> = (
  items: readonly Item[],
) => Promise<readonly (Result | Error | Promise<Result>)[]>

/**
 * Makes work on several items go around streams that another transaction holds. Items that need such a stream come last, each by itself. As
 * long as one of them waits, later items for the same stream wait behind it. So no item waits for a stream that it does not write to.
 */
export function createAroundHeld<Item, Result>(options: AroundHeldOptions<Item, Result>): AroundHeld<Item, Result> {
  const { storage, streamsOf, together, alone } = options
  /** Until then `findHeld` is asked before a transaction is tried, in milliseconds of `performance.now()`. */
  let troubledUntil = 0
  /** How many items wait for each stream. */
  const waitedFor = createCounts()

  const wait = (item: Item, held: ReadonlySet<string>): Promise<Result> => {
    const streams = streamsOf(item).filter((stream) => held.has(stream) || waitedFor.of(stream) > 0)
    for (const stream of streams) waitedFor.add(stream, 1)
    const result = alone(item, streams[0]).finally(() => {
      for (const stream of streams) waitedFor.add(stream, -1)
    })
    // The caller gets the error from `result`. It must not count as unhandled until then.
    result.catch(() => {})
    return result
  }

  return async (items) => {
    const results = new Map<number, Result | Error | Promise<Result>>()
    let held: ReadonlySet<string> = new Set()
    const mustWait = (index: number): boolean =>
      streamsOf(items[index] as Item).some((stream) => held.has(stream) || waitedFor.of(stream) > 0)
    const putOff = (indexes: readonly number[]): void => {
      for (const index of indexes) results.set(index, wait(items[index] as Item, held))
    }
    const tryTogether = async (indexes: readonly number[]): Promise<boolean> => {
      if (indexes.length === 0) return true
      try {
        const done = await together(indexes.map((index) => items[index] as Item))
        for (const [place, index] of indexes.entries()) results.set(index, done[place] as Result | Error)
        return true
      } catch (error) {
        if (!(error instanceof HeldError)) throw error
        troubledUntil = performance.now() + TROUBLE_MS
        return false
      }
    }

    /** Puts off the items of which a stream is held. Returns the indexes of the others. */
    const putOffHeld = (indexes: readonly number[]): readonly number[] => {
      const [busy, free] = [indexes.filter(mustWait), indexes.filter((index) => !mustWait(index))]
      putOff(busy)
      return free
    }
    const look = async (indexes: readonly number[]): Promise<readonly number[]> => {
      held = await storage.findHeld([...new Set(indexes.flatMap((index) => streamsOf(items[index] as Item)))])
      if (held.size > 0) troubledUntil = performance.now() + TROUBLE_MS
      return putOffHeld(indexes)
    }

    let free = putOffHeld([...items.keys()])
    if (free.length > 0 && performance.now() < troubledUntil) free = await look(free)
    if (!(await tryTogether(free))) {
      free = await look(free)
      if (!(await tryTogether(free))) putOff(free)
    }
    return [...items.keys()].map((index) => results.get(index) as Result | Error | Promise<Result>)
  }
}

/** For how long `whenFree` attempts a write again, in milliseconds. */
const MAX_WAIT_MS = 15_000
const LOOK: Backoff = { firstMs: 260, maxMs: 260 }

/**
 * Attempts a write to many streams, and attempts it again once no other transaction holds any of them. It holds no stream while it waits.
 * Throws HeldError when it was still refused after 15 seconds.
 */
export async function whenFree<Result>(
  storage: Pick<Storage, 'findHeld'>,
  streams: readonly string[],
  attempt: () => Promise<Result>,
): Promise<Result> {
  const began = performance.now()
  const isOver = (): boolean => performance.now() - began > MAX_WAIT_MS
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof HeldError) || isOver()) throw error
    }
    do await setTimeout(backoffMs(LOOK))
    while (!isOver() && (await storage.findHeld(streams)).size > 0)
  }
}
