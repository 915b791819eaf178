import type { Storage, Tx } from '../storage/storage.ts'
import { mayLackPositions, notePositionsSince } from './lost-positions.ts'
import { openPositions, type PositionsOptions } from './open-positions.ts'
import {
  type Beginning,
  type Begun,
  decide,
  EXPIRED_KNOWN_MS,
  lastsWhileHeld,
  markOf,
  type PositionHome,
} from './position-home.ts'
import {
  erasePositions,
  giveUpOldest,
  movePositions,
  putPositions,
  ROWS_PER_STATEMENT,
  readPositions,
  removePositions,
  sweepPositions,
} from './position-rows.ts'
import type { Positions } from './positions.ts'

export interface MemoryPositionsOptions extends PositionsOptions {
  readonly storage: Storage
}

/** What is written to positions is written in order. */
const POSITIONS_LANE = 'positions'
const SWEEP_MS = 60_000

/** Decides where subscriptions begin, from the rows of a database. */
const decideAll = async (
  tx: Tx,
  batch: readonly Beginning[],
  { clock, ttlMs }: MemoryPositionsOptions,
): Promise<readonly Begun[]> => {
  const keys = new Set(batch.flatMap(({ key }) => [key.hash, markOf(key.userId)]))
  const stored = await readPositions(tx, [...keys])
  const now = clock.now()
  const liveUntil = now + lastsWhileHeld(ttlMs)
  const isLost = await mayLackPositions(tx, now, lastsWhileHeld(ttlMs))
  const isMarked = (userId: string): boolean => (stored.get(markOf(userId))?.expiresAt ?? 0) > now - EXPIRED_KNOWN_MS
  return batch.map((beginning) => {
    const { key, known, isFresh } = beginning
    if (isFresh) return decide(beginning, undefined, { now, liveUntil, isDoubted: false })
    const isDoubted = isLost || beginning.isDoubted || isMarked(key.userId)
    return decide(beginning, known ?? stored.get(key.hash), { now, liveUntil, isDoubted })
  })
}

const decideAndStore = async (
  tx: Tx,
  batch: readonly Beginning[],
  options: MemoryPositionsOptions,
): Promise<readonly Begun[]> => {
  const begun = await decideAll(tx, batch, options)
  await notePositionsSince(tx, options.clock.now())
  // A client that asks the same under one id twice at a time begins alike.
  await putPositions(tx, [...new Map(begun.map((position) => [position.key, position])).values()])
  const userIds = new Set(begun.map(({ userId }) => userId))
  await giveUpOldest(tx, [...userIds], { perUser: options.perUser, now: options.clock.now() })
  return begun
}

const createHome = (options: MemoryPositionsOptions): PositionHome => {
  const { storage, clock, log } = options
  let sweepAt = clock.now()
  const write = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => storage.write(work, POSITIONS_LANE)

  return {
    batchSize: ROWS_PER_STATEMENT,
    // When nothing can be written, subscriptions begin all the same; when nothing can be read, they cannot.
    begin: async (batch) => {
      try {
        return await write((tx) => decideAndStore(tx, batch, options))
      } catch (err) {
        log.warn({ err }, 'could not store where subscriptions begin')
        const begun = await storage.read((tx) => decideAll(tx, batch, options))
        return begun.map((position) => ({ ...position, isStored: false }))
      }
    },
    put: (positions) => write((tx) => putPositions(tx, positions)),
    move: (positions) => write((tx) => movePositions(tx, positions)),
    remove: (keys) =>
      write((tx) =>
        removePositions(
          tx,
          keys.map(({ hash }) => hash),
        ),
      ),
    tidy: async () => {
      if (clock.now() < sweepAt) return
      await write((tx) => sweepPositions(tx, clock.now() - EXPIRED_KNOWN_MS))
      sweepAt = clock.now() + SWEEP_MS
    },
    erase: erasePositions,
  }
}

/** Positions of one node: in memory while a socket holds them, and in the database. */
export const openMemoryPositions = (options: MemoryPositionsOptions): Positions =>
  openPositions(options, () => createHome(options))
