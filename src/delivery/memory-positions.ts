import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { repeat } from '../lib/repeat.ts'
import type { Storage } from '../storage/storage.ts'
import { createBegin } from './begin-positions.ts'
import { eraseHeldPositions, holdPosition, type PositionMemory } from './held-positions.ts'
import { erasePositions } from './position-rows.ts'
import type { Positions } from './positions.ts'
import { createPositionStore } from './store-positions.ts'

export interface MemoryPositionsOptions {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** How long a position is kept after its socket has gone, in milliseconds. */
  readonly ttlMs: number
}

const STORE_MS = 1_000

/**
 * Positions of one node: in memory while a socket holds them, written to the database about once a second, and read from
 * there when a client comes back. A crash costs at most what was acknowledged since, which then comes again.
 */
export const openMemoryPositions = ({ storage, clock, log, ttlMs }: MemoryPositionsOptions): Positions => {
  const memory: PositionMemory = { entries: new Map(), moved: new Set(), forgotten: new Set() }
  const refreshMs = Math.max(ttlMs / 2, STORE_MS)
  let refreshAt = clock.now() + refreshMs
  /** After a crash a position must last as long as if its socket had gone then. */
  const liveUntil = (): number => clock.now() + ttlMs + 2 * refreshMs
  const begin = createBegin({ memory, storage, log, now: clock.now, liveUntil })
  const store = createPositionStore({ memory, storage, now: clock.now, liveUntil })

  const pass = async (): Promise<void> => {
    if (clock.now() >= refreshAt) {
      refreshAt = clock.now() + refreshMs
      for (const entry of memory.entries.values()) memory.moved.add(entry)
    }
    await store.some()
  }
  const cancel = repeat(clock, STORE_MS, pass, (err) => log.warn({ err }, 'could not store positions'))

  return {
    begin: async (key, lane) => holdPosition(memory, await begin(key, lane), { clock, ttlMs }),
    store: store.all,
    erase: async (tx, userId) => {
      eraseHeldPositions(memory, userId)
      await erasePositions(tx, userId)
    },
    close: async () => {
      cancel()
      await store.all()
    },
  }
}
