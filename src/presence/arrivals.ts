import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Storage } from '../storage/storage.ts'
import { storeArrivals } from './last-seen.ts'

/** Stores when users came online, so that a process that is killed leaves a trace of who was there. */
export interface Arrivals {
  /** Stores it within a second, together with others that come meanwhile. Nobody waits for it. */
  add(userId: string, at: number): void
  /** Resolves when all that was added is stored; rejects when it cannot be. It is then tried again with the next ones. */
  stored(): Promise<void>
  /** Drops what is not stored yet of a user. */
  forget(userId: string): void
}

/** Each time it is stored costs a commit, however many came. */
const REST_MS = 1_000

/** Starts with none. */
export function createArrivals(storage: Storage, clock: Clock, log: Log): Arrivals {
  let waiting = new Map<string, number>()
  let isResting = false
  let storing: Promise<void> | undefined

  const storeAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = waiting
      waiting = new Map()
      try {
        await storage.note((tx) => storeArrivals(tx, batch))
      } catch (error) {
        waiting = new Map([...batch, ...waiting])
        throw error
      }
    }
  }

  const store = (): Promise<void> => {
    storing ??= storeAll().finally(() => {
      storing = undefined
    })
    return storing
  }

  const storeSoon = (): void => {
    if (isResting || waiting.size === 0) return
    isResting = true
    clock.after(REST_MS, () => {
      isResting = false
      storeSoon()
    })
    store().catch((err: unknown) => log.warn({ err }, 'could not store who came online'))
  }

  return {
    add: (userId, at) => {
      waiting.set(userId, at)
      storeSoon()
    },
    stored: store,
    forget: (userId) => {
      waiting.delete(userId)
    },
  }
}
