import { expect } from 'vitest'
import { isCursorExpired } from '../../src/delivery/cursor.ts'
import type { Description } from '../../src/delivery/description.ts'
import { pick } from './histories.ts'
import { revisionIn } from './inbox-device.ts'
import { type Delivered, type Reader, read } from './reader.ts'

/** What a device does with a log. */
export interface LogApp<Item> {
  readonly follow: (after: string) => Promise<Description<Item>>
  /** Loads everything anew; returns the cursor of what it loaded. */
  readonly load: () => Promise<string>
  readonly apply: (item: Item) => void
  /** The cursor that an item itself names, if it does: it is that of its result. */
  readonly cursorIn?: (item: Item) => string
  /** What ends or refuses a subscription without anything being wrong: then the device stays as it is. */
  readonly isRefusal?: (error: unknown) => boolean
}

/** A device that follows a log and is cut off again and again. */
export interface LogDevice {
  /** The last one that it was given. */
  readonly cursor: string
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

/** A device reads on from a cursor of before until it has the barrier, and is cut off behind each result. */
export async function readInPieces(
  one: { readonly device: LogDevice; has(id: string): boolean } | undefined,
  back: number,
  barrier: string,
): Promise<void> {
  for (let [from, takes] = [back, 1]; one && !one.has(barrier); from = 0) {
    const before = one.device.cursor
    if (!(await one.device.connect(from, takes))) return
    await one.device.waitFor(() => one.has(barrier))
    // What has one revision comes again until all of it was taken at once.
    takes = from === 0 && one.device.cursor === before ? takes + 1 : 1
  }
}

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

  const begin = async (back: number): Promise<{ log: Description<Item>; after: string } | undefined> => {
    const after = pick(cursors.toReversed(), back) ?? ''
    // What comes again is as it was then: whoever stops in between must not go on behind what was shown before.
    cursors = cursors.slice(0, cursors.lastIndexOf(after) + 1)
    try {
      return { log: await follow(after), after }
    } catch (error) {
      if (isRefusal(error)) return undefined
      if (!isCursorExpired(error)) throw error
      expired += 1
      cursors = [await load()]
      return begin(0)
    }
  }

  const take = ({ item, cursor = '' }: Delivered<Item>): void => {
    if (cursorIn) expect(cursorIn(item)).toBe(cursor)
    if (cursor !== cursors.at(-1)) cursors.push(cursor)
    apply(item)
  }

  const run = async (reader: Reader<Item>, after: string, takes: number | null, one: Connection): Promise<void> => {
    let revision = revisionIn(after)
    try {
      for (let taken = 0; takes === null || taken < takes; taken += 1) {
        const value = await reader.read()
        if (!value || one.isOver) break
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
      await reader.stop()
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
    get cursor() {
      return cursors.at(-1) ?? ''
    },
    get expired() {
      return expired
    },
    cut,
    connect: async (back, takes) => {
      await cut()
      const begun = await begin(back)
      if (!begun) return false
      const { log, after } = begun
      const reader = read(log)
      const one: Connection = {
        stop: reader.stop,
        over: Promise.resolve(),
        isOver: false,
        wake: () => {},
      }
      one.over = run(reader, after, takes, one)
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
