import type { PositionMemory } from './held-positions.ts'
import { type Beginning, type Begun, markOf, type PositionHome } from './position-home.ts'
import type { LanePosition, PositionKey } from './positions.ts'

interface Waiting {
  readonly key: PositionKey
  readonly lane: LanePosition
  readonly resolve: (begun: Begun) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes the beginning of subscriptions: it resolves when the start is stored. Whoever comes while some are being stored shares the
 * next trip to where that is, however many they are.
 */
export const createBegin = (
  memory: PositionMemory,
  home: PositionHome,
): ((key: PositionKey, lane: LanePosition) => Promise<Begun>) => {
  const waiting: Waiting[] = []
  let isRunning = false

  const toBeginning = ({ key, lane }: Waiting, fresh: ReadonlySet<string>): Beginning => {
    const isFresh = fresh.has(key.hash)
    const known = isFresh ? undefined : memory.get(key.hash)
    const isNewer = known !== undefined && memory.moved.has(known)
    return { key, lane, isFresh, known, isNewer, isDoubted: memory.get(markOf(key.userId)) !== undefined }
  }

  const beginTogether = async (batch: readonly Waiting[]): Promise<void> => {
    // What begins again was forgotten long enough, and is not to be removed behind its back.
    const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => memory.forgotten.delete(hash)))
    try {
      const begun = await home.begin(batch.map((one) => toBeginning(one, fresh)))
      for (const [index, { resolve }] of batch.entries()) resolve(begun[index] as Begun)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const run = async (): Promise<void> => {
    isRunning = true
    // Those who come in the same turn go together.
    await undefined
    while (waiting.length > 0) await beginTogether(waiting.splice(0, home.batchSize))
    isRunning = false
  }

  return (key, lane) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, lane, resolve, reject })
      if (!isRunning) void run()
    })
}
