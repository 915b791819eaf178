import { createBatches } from '../lib/batches.ts'
import type { PositionMemory } from './held-positions.ts'
import { type Beginning, type Begun, markOf, type PositionHome } from './position-home.ts'
import { settle } from './position-places.ts'
import type { LanePosition, PositionKey } from './positions.ts'

interface Asked {
  readonly key: PositionKey
  readonly lane: LanePosition
}

/**
 * Makes the beginning of subscriptions: it resolves when the start is stored. Whoever comes while some are being stored shares the
 * next trip to where that is, however many they are.
 */
export const createBegin = (
  memory: PositionMemory,
  home: PositionHome,
  now: () => number,
): ((key: PositionKey, lane: LanePosition) => Promise<Begun>) => {
  const toBeginning = ({ key, lane }: Asked, fresh: ReadonlySet<string>): Beginning => {
    const isFresh = fresh.has(key.hash)
    const known = isFresh ? undefined : memory.get(key.hash)
    if (known) settle(known, now())
    // Whoever is left alone shares it with nobody.
    if (known && known.holders.length + known.gone.length === 0) known.isShared = false
    const isNewer = known !== undefined && memory.moved.has(known)
    const isDoubted = memory.get(markOf(key.userId)) !== undefined
    return { key, lane, isFresh, known, isNewer, isDoubted }
  }

  const begin = createBatches<Asked, Begun>({
    max: home.batchSize,
    rests: true,
    run: async (batch) => {
      // What begins again was forgotten long enough, and is not to be removed behind its back.
      const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => memory.forgotten.delete(hash)))
      return home.begin(batch.map((asked) => toBeginning(asked, fresh)))
    },
  })
  return (key, lane) => begin({ key, lane })
}
