import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import type { Storage } from '../storage/storage.ts'
import { storeArrivals } from './last-seen.ts'

/** Stores when users came online. So when the process is killed, there still is a time when they were last seen. */
export interface Arrivals {
  /** Stores within a second that a user came online at `at`, in milliseconds since 1970. Arrivals of that time go into one transaction. */
  add(userId: string, at: number): void
  /** Resolves when all arrivals that were added are stored. Rejects when that fails; they are then stored with the next ones. */
  stored(): Promise<void>
  /** Drops the arrival of a user that is not stored yet. */
  forget(userId: string): void
}

/** The least time between two transactions, in milliseconds. A commit costs about the same for many users as for one. */
const REST_MS = 1_000

/** An `Arrivals` that has none to store yet. */
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
