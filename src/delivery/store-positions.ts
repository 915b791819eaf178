import type { Storage } from '../storage/storage.ts'
import type { Entry, PositionMemory } from './held-positions.ts'
import { movePositions, POSITIONS_LANE, ROWS_PER_STATEMENT, removePositions, sweepPositions } from './position-rows.ts'

export interface StoreOptions {
  readonly memory: PositionMemory
  readonly storage: Storage
  readonly now: () => number
  /** Until when a position lasts that is held now. */
  readonly liveUntil: () => number
}

/** How what a node knows of positions gets into the database. */
export interface PositionStore {
  /** Writes some of what changed: one statement of each kind at most, so that a busy second does not hold up the process. */
  some(): Promise<void>
  /** Writes all that has changed. */
  all(): Promise<void>
}

const SWEEP_MS = 60_000
/** How long it is known of a position that it has expired; later its subscription looks like a new one. */
const EXPIRED_KNOWN_MS = 24 * 60 * 60 * 1_000

/** Writes one after the other. What could not be written is tried again the next time. */
export const createPositionStore = ({ memory, storage, now, liveUntil }: StoreOptions): PositionStore => {
  const { entries, moved, forgotten } = memory
  let sweepAt = now()
  let storing: Promise<void> = Promise.resolve()

  const takeMoved = (): readonly Entry[] => {
    const batch = [...moved].slice(0, ROWS_PER_STATEMENT)
    for (const entry of batch) {
      moved.delete(entry)
      if (entry.holders > 0) entry.expiresAt = liveUntil()
    }
    return batch
  }

  const write = (batch: readonly Entry[], gone: readonly string[], isSweepDue: boolean): Promise<void> =>
    storage.write(async (tx) => {
      if (batch.length > 0) await movePositions(tx, batch)
      // Some may have begun again since they were counted among the gone.
      const removed = gone.filter((key) => forgotten.has(key))
      if (removed.length > 0) await removePositions(tx, removed)
      if (isSweepDue) await sweepPositions(tx, now() - EXPIRED_KNOWN_MS)
    }, POSITIONS_LANE)

  const isCurrent = (entry: Entry): boolean => entries.get(entry.key) === entry

  const storeSome = async (): Promise<void> => {
    const batch = takeMoved()
    const gone = [...forgotten].slice(0, ROWS_PER_STATEMENT)
    const isSweepDue = now() >= sweepAt
    if (batch.length === 0 && gone.length === 0 && !isSweepDue) return
    try {
      await write(batch, gone, isSweepDue)
    } catch (error) {
      for (const entry of batch) if (isCurrent(entry)) moved.add(entry)
      throw error
    }
    if (isSweepDue) sweepAt = now() + SWEEP_MS
    for (const key of gone) forgotten.delete(key)
    for (const entry of batch) {
      if (entry.holders === 0 && !moved.has(entry) && isCurrent(entry)) entries.delete(entry.key)
    }
  }

  const some = (): Promise<void> => {
    storing = storing.catch(() => {}).then(storeSome)
    return storing
  }

  return {
    some,
    all: async () => {
      do await some()
      while (moved.size > 0 || forgotten.size > 0)
    },
  }
}
