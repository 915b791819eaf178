import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { openPoller } from '../lib/poller.ts'
import { createBegin } from './begin-positions.ts'
import { createHolding, createPositionMemory, eraseHeldPositions, type PositionMemory } from './held-positions.ts'
import { lastsWhileHeld, type PositionHome, refreshAfter } from './position-home.ts'
import type { Positions } from './positions.ts'
import { createPositionStore } from './store-positions.ts'

export interface PositionsOptions {
  readonly clock: Clock
  readonly log: Log
  /** How long a position is kept after its socket has gone, in milliseconds. */
  readonly ttlMs: number
  /** Positions of one user; with more, the oldest are given up, and the user's new subscriptions say so for a day. */
  readonly perUser: number
}

const STORE_MS = 1_000

/**
 * Positions of a node: in memory while a socket holds them, written to their home about once a second, and read from there
 * when a client comes back. A crash costs at most what was acknowledged since, which then comes again.
 */
export const openPositions = (
  { clock, log, ttlMs, perUser }: PositionsOptions,
  openHome: (memory: PositionMemory) => PositionHome,
): Positions => {
  const memory = createPositionMemory(clock, perUser)
  const home = openHome(memory)
  const refreshMs = refreshAfter(ttlMs)
  let refreshAt = clock.now() + refreshMs
  const begin = createBegin(memory, home, clock.now)
  const { hold, ...holding } = createHolding(memory, { clock, ttlMs })
  const store = createPositionStore({
    memory,
    home,
    liveUntil: () => clock.now() + lastsWhileHeld(ttlMs),
    now: clock.now,
  })

  const round = async (): Promise<number> => {
    if (clock.now() >= refreshAt) {
      refreshAt = clock.now() + refreshMs
      for (const entry of memory.all()) memory.moved.add(entry)
    }
    await home.tidy()
    await store.some()
    return STORE_MS
  }
  const onFailure = (err: unknown): void => log.warn({ err }, 'could not store positions')
  const rounds = openPoller({ clock, poll: round, onFailure })

  return {
    ...holding,
    begin: async (key, lane) => hold(await begin(key, lane)),
    store: store.all,
    erase: async (tx, userId) => {
      eraseHeldPositions(memory, userId)
      await home.erase(tx, userId)
    },
    close: async () => {
      await rounds.close()
      // What cannot be stored now is no reason to stay: it comes again, or is announced as missed.
      await store.all().catch(onFailure)
    },
  }
}
