import { expect } from 'vitest'
import { isCursorExpired } from '../../src/feed/cursor.ts'
import type { Delivery, Feed } from '../../src/feed/feed.ts'
import { pick } from './histories.ts'
import { revisionIn } from './inbox-device.ts'

/** What a device does with a log. */
export interface LogApp<Item> {
  readonly follow: (after: string) => Promise<Feed<Item>>
  /** Loads everything anew; returns the cursor of what it loaded. */
  readonly load: () => Promise<string>
  readonly apply: (item: Item) => void
  /** The cursor that an item itself names, if it does: one can continue from that, too. */
  readonly cursorIn?: (item: Item) => string
  /** What ends or refuses a subscription without anything being wrong: then the device stays as it is. */
  readonly isRefusal?: (error: unknown) => boolean
}

/** A device that follows a log and is cut off again and again. */
export interface LogDevice {
  /** How often its cursor had expired. */
  readonly expired: number
  /**
   * Connects, with the cursor that it was given so many before the last one, wherever it got to since. After so many results the socket is
   * cut; never when that is null. False when it was refused.
   */
  connect(back: number, takes: number | null): Promise<boolean>
  cut(): Promise<void>
  /** Resolves when it has what `isThere` waits for, to true, or when it was cut before, to false. Rejects with what went wrong. */
  waitFor(isThere: () => boolean): Promise<boolean>
}

/** How a device reads what it missed: from a cursor of before, in pieces of at least so many results. */
export interface InPieces {
  readonly back: number
  readonly takes: number
}

/** A device reads on in pieces until it has the barrier, and is cut off behind each: sooner or later between any two results. */
export const readInPieces = async (
  one: { readonly device: LogDevice; has(id: string): boolean } | undefined,
  { back, takes }: InPieces,
  barrier: string,
): Promise<void> => {
  // Larger ones each time, since all of what has one revision comes again until it was read in one piece.
  for (let [from, size] = [back, takes]; one && !one.has(barrier); [from, size] = [0, size + 1]) {
    if (!(await one.device.connect(from, size))) return
    await one.device.waitFor(() => one.has(barrier))
  }
}

type Iterator<Item> = AsyncIterator<Delivery<Item>, undefined>

interface Connection {
  readonly stop: () => Promise<unknown>
  over: Promise<void>
  isOver: boolean
  /** Wakes who waits for a result. */
  wake: () => void
}

/** A device that has loaded what there is, and is not connected. */
export async function createLogDevice<Item>({
  follow,
  load,
  apply,
  cursorIn,
  isRefusal = () => false,
}: LogApp<Item>): Promise<LogDevice> {
  let cursors = [await load()]
  let connection: Connection | undefined
  let expired = 0

  const begin = async (back: number): Promise<{ feed: Feed<Item>; after: string } | undefined> => {
    const after = pick(cursors.toReversed(), back) ?? ''
    try {
      return { feed: await follow(after), after }
    } catch (error) {
      if (isRefusal(error)) return undefined
      if (!isCursorExpired(error)) throw error
      expired += 1
      cursors = [await load()]
      return begin(0)
    }
  }

  const take = ({ item, cursor = '' }: Delivery<Item>): void => {
    for (const one of [cursor, cursorIn?.(item) ?? cursor]) if (one !== cursors.at(-1)) cursors.push(one)
    apply(item)
  }

  const run = async (iterator: Iterator<Item>, after: string, takes: number | null, one: Connection): Promise<void> => {
    let revision = revisionIn(after)
    try {
      for (let taken = 0; takes === null || taken < takes; taken += 1) {
        const { done, value } = await iterator.next()
        if (done || one.isOver) break
        expect(revisionIn(value.cursor ?? '')).toBeGreaterThanOrEqual(revision)
        revision = revisionIn(value.cursor ?? '')
        take(value)
        one.wake()
      }
    } catch (error) {
      if (isRefusal(error)) return
      if (!isCursorExpired(error)) throw error
      expired += 1
      cursors = [await load()]
    } finally {
      one.isOver = true
      await iterator.return?.()
      one.wake()
    }
  }

  const cut = async (): Promise<void> => {
    if (!connection) return
    const { stop, over } = connection
    connection.isOver = true
    connection = undefined
    await stop()
    await over
  }

  return {
    get expired() {
      return expired
    },
    cut,
    connect: async (back, takes) => {
      await cut()
      const begun = await begin(back)
      if (!begun) return false
      const { feed, after } = begun
      const iterator = feed[Symbol.asyncIterator]()
      const one: Connection = {
        stop: async () => iterator.return?.(),
        over: Promise.resolve(),
        isOver: false,
        wake: () => {},
      }
      one.over = run(iterator, after, takes, one)
      one.over.catch(() => {})
      connection = one
      return true
    },
    waitFor: async (isThere) => {
      const one = connection
      if (!one) return false
      while (!one.isOver && !isThere()) {
        await new Promise<void>((resolve) => {
          one.wake = resolve
        })
      }
      if (one.isOver) await one.over
      return isThere()
    },
  }
}
