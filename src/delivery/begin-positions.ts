import { createBatches } from '../lib/batches.ts'
import { lastTerm } from '../storage/lane-terms.ts'
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
    const isNewer = known !== undefined && memory.moved.has(known)
    const isSame = known?.epoch === lane.epoch && known.term === lastTerm(lane.terms)
    const hasGone = isSame && known.gone.length > 0
    const isDoubted = memory.get(markOf(key.userId)) !== undefined
    return { key, lane, isFresh, known, found: known?.found ?? 0, hasGone, isNewer, isDoubted }
  }

  const begin = createBatches<Asked, Begun>({
    max: home.batchSize,
    rests: true,
    run: async (batch) => {
      // What begins again was forgotten long enough, and is not to be removed behind its back.
      const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => memory.forgotten.delete(hash)))
      const beginnings = batch.map((asked) => toBeginning(asked, fresh))
      const begun = await home.begin(beginnings)
      for (const [index, { known, found }] of beginnings.entries()) {
        if (known && begun[index]?.isStored) known.found = Math.max(known.found - found, 0)
      }
      return begun
    },
  })
  return (key, lane) => begin({ key, lane })
}
