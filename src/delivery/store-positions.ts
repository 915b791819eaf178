import type { PositionMemory } from './held-positions.ts'
import type { PositionHome } from './position-home.ts'
import { settle } from './position-places.ts'
import type { PositionEntry } from './positions.ts'

export interface StoreOptions {
  readonly memory: PositionMemory
  readonly home: PositionHome
  /** Until when a position lasts that is held now. */
  readonly liveUntil: () => number
  readonly now: () => number
}

/** How what a node knows of positions gets to where they outlive it. */
export interface PositionStore {
  /** Writes some of what changed: one batch of each kind at most, so that a busy second does not hold up the process. */
  some(): Promise<void>
  /** Writes all that has changed. */
  all(): Promise<void>
}

/** Writes one after the other. What could not be written is tried again the next time. */
export const createPositionStore = ({ memory, home, liveUntil, now }: StoreOptions): PositionStore => {
  const { moved, forgotten } = memory
  let storing: Promise<void> = Promise.resolve()

  const takeMoved = (): readonly PositionEntry[] => {
    const batch = [...moved.values().take(home.batchSize)]
    for (const entry of batch) {
      moved.delete(entry)
      settle(entry, now())
      if (entry.holders.length > 0) entry.expiresAt = liveUntil()
    }
    return batch
  }

  const isCurrent = (entry: PositionEntry): boolean => memory.get(entry.key) === entry

  const write = async (batch: readonly PositionEntry[]): Promise<void> => {
    const known = batch.filter(({ isStored }) => isStored)
    const unknown = batch.filter(({ isStored }) => !isStored)
    for (const entry of unknown) entry.isStored = true
    try {
      await Promise.all([known.length > 0 && home.move(known), unknown.length > 0 && home.put(unknown)])
    } catch (error) {
      for (const entry of unknown) entry.isStored = false
      for (const entry of batch) if (isCurrent(entry)) moved.add(entry)
      throw error
    }
    for (const entry of batch) {
      // Of several clients each keeps its place, which only this node knows.
      const isIdle = entry.holders.length === 0 && !(entry.isShared && entry.gone.length > 0)
      if (isIdle && !moved.has(entry) && isCurrent(entry)) memory.remove(entry)
    }
  }

  const removeForgotten = async (): Promise<void> => {
    const gone = [...forgotten.values().take(home.batchSize)]
    if (gone.length === 0) return
    await home.remove(gone)
    for (const key of gone) if (forgotten.get(key.hash) === key) forgotten.delete(key.hash)
  }

  const storeSome = async (): Promise<void> => {
    const batch = takeMoved()
    if (batch.length > 0) await write(batch)
    await removeForgotten()
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
