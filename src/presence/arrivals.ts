import type { Log } from '../lib/log.ts'
import type { Storage } from '../storage/storage.ts'
import { storeArrivals } from './last-seen.ts'

/** Stores when users came online, so that a process that is killed leaves a trace of who was there. */
export interface Arrivals {
  /** Stores it soon, together with others that come meanwhile. Nobody waits for it. */
  add(userId: string, at: number): void
  /** Resolves when all that was added is stored; rejects when it cannot be. It is then tried again with the next ones. */
  stored(): Promise<void>
  /** Drops what is not stored yet of a user. */
  forget(userId: string): void
}

/** Starts with none. */
export const createArrivals = (storage: Storage, log: Log): Arrivals => {
  let waiting = new Map<string, number>()
  let storing: Promise<void> | undefined

  const storeAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const batch = waiting
      waiting = new Map()
      try {
        await storage.write((tx) => storeArrivals(tx, batch))
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

  return {
    add: (userId, at) => {
      waiting.set(userId, at)
      store().catch((err: unknown) => log.warn({ err }, 'could not store who came online'))
    },
    stored: store,
    forget: (userId) => {
      waiting.delete(userId)
    },
  }
}
