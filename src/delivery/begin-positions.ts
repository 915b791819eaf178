import type { Log } from '../lib/log.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import type { Begun, PositionMemory } from './held-positions.ts'
import {
  POSITIONS_LANE,
  putPositions,
  ROWS_PER_STATEMENT,
  readPositions,
  type StoredPosition,
} from './position-rows.ts'
import type { LanePosition, PositionKey } from './positions.ts'

export interface BeginOptions {
  readonly memory: PositionMemory
  readonly storage: Storage
  readonly log: Log
  readonly now: () => number
  /** Until when a position lasts that begins to be held now. */
  readonly liveUntil: () => number
}

interface Beginning {
  readonly key: PositionKey
  readonly lane: LanePosition
  readonly resolve: (begun: Begun) => void
  readonly reject: (error: unknown) => void
}

/** Where a subscription to a lane goes on that is known, or begins that is not. */
const decide = (
  { key, lane }: Beginning,
  known: StoredPosition | undefined,
  { now, liveUntil }: BeginOptions,
): Begun => {
  const base = { key: key.hash, userId: key.userId, epoch: lane.epoch, expiresAt: liveUntil() }
  const { revision } = known ?? lane
  const isFit = !known || (known.epoch === lane.epoch && known.expiresAt > now())
  return isFit && revision !== null && revision <= lane.revision
    ? { ...base, revision, start: { revision, isExpired: false } }
    : { ...base, revision: null, start: { revision: lane.revision, isExpired: true } }
}

/**
 * Makes the beginning of subscriptions: it resolves when the start is stored. Whoever comes while some are being stored shares the
 * next commit. When nothing can be written, they begin all the same; when nothing can be read, they cannot.
 */
export const createBegin = (options: BeginOptions): ((key: PositionKey, lane: LanePosition) => Promise<Begun>) => {
  const { memory, storage, log } = options
  const waiting: Beginning[] = []
  let isRunning = false

  const decideAll = async (
    tx: Tx,
    batch: readonly Beginning[],
    fresh: ReadonlySet<string>,
  ): Promise<readonly Begun[]> => {
    const keys = batch.map(({ key }) => key.hash)
    const stored = await readPositions(tx, keys)
    return batch.map((beginning) => {
      const { hash } = beginning.key
      const known = fresh.has(hash) ? undefined : (memory.entries.get(hash) ?? stored.get(hash))
      return decide(beginning, known, options)
    })
  }

  const decideAndStore = (batch: readonly Beginning[], fresh: ReadonlySet<string>): Promise<readonly Begun[]> =>
    storage.write(async (tx) => {
      const begun = await decideAll(tx, batch, fresh)
      // A client that asks the same under one id twice at a time begins alike.
      await putPositions(tx, [...new Map(begun.map((position) => [position.key, position])).values()])
      return begun
    }, POSITIONS_LANE)

  const beginTogether = async (batch: readonly Beginning[]): Promise<void> => {
    // What begins again was forgotten long enough, and is not to be removed behind its back.
    const fresh = new Set(batch.map(({ key }) => key.hash).filter((hash) => memory.forgotten.delete(hash)))
    try {
      const begun = await decideAndStore(batch, fresh).catch((err: unknown) => {
        log.warn({ err }, 'could not store where subscriptions begin')
        return storage.read((tx) => decideAll(tx, batch, fresh))
      })
      for (const [index, { resolve }] of batch.entries()) resolve(begun[index] as Begun)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const run = async (): Promise<void> => {
    isRunning = true
    while (waiting.length > 0) await beginTogether(waiting.splice(0, ROWS_PER_STATEMENT))
    isRunning = false
  }

  return (key, lane) =>
    new Promise((resolve, reject) => {
      waiting.push({ key, lane, resolve, reject })
      if (!isRunning) void run()
    })
}
