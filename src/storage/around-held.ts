import { setTimeout } from 'node:timers/promises'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { createCounts } from '../lib/counts.ts'
import { HeldError } from './held.ts'
import type { Storage } from './storage.ts'

export interface AroundHeldOptions<Item, Result> {
  readonly storage: Pick<Storage, 'findHeld'>
  /** What an item writes to. */
  readonly streamsOf: (item: Item) => readonly string[]
  /** Works on items in one transaction. Throws HeldError when somebody else holds what one of them needs. */
  readonly together: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>
  /** Works on one item for as long as it takes; those that name the same `stream` happen in the order of asking. */
  readonly alone: (item: Item, stream: string | undefined) => Promise<Result>
}

/** How long after a stream was found held the next ones are looked for before they are waited for, in milliseconds. */
const TROUBLE_MS = 2_000

/** Works on items; resolves when all are done but those that wait for somebody, each of which is a promise. */
export type AroundHeld<Item, Result> = (
  items: readonly Item[],
) => Promise<readonly (Result | Error | Promise<Result>)[]>

/**
 * Makes work on several items at a time go around those whose streams somebody else holds: these come last, each by itself, and as long
 * as one of them waits, later ones for its stream wait behind it. So nobody waits for a stream that is not theirs.
 */
export function createAroundHeld<Item, Result>(options: AroundHeldOptions<Item, Result>): AroundHeld<Item, Result> {
  const { storage, streamsOf, together, alone } = options
  /** Until when it is looked first who is held, rather than waited. */
  let troubledUntil = 0
  /** Streams that are waited for, and by how many. */
  const waitedFor = createCounts()

  const wait = (item: Item, held: ReadonlySet<string>): Promise<Result> => {
    const streams = streamsOf(item).filter((stream) => held.has(stream) || waitedFor.of(stream) > 0)
    for (const stream of streams) waitedFor.add(stream, 1)
    const result = alone(item, streams[0]).finally(() => {
      for (const stream of streams) waitedFor.add(stream, -1)
    })
    // Whoever asked gets the error.
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

    /** Puts off those of which a stream is held; returns the others. */
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

/** How long a command of many waits until nobody else holds what it needs, in milliseconds. */
const MAX_WAIT_MS = 15_000
const LOOK: Backoff = { firstMs: 260, maxMs: 260 }

/**
 * Attempts a write to many streams, again when nobody else holds any of them: while it waits it holds none itself. Throws HeldError
 * when that takes too long.
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
