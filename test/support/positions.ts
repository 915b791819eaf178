import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { onTestFinished } from 'vitest'
import { openMemoryPositions } from '../../src/delivery/memory-positions.ts'
import { type PositionKey, type Positions, positionKey, type Start } from '../../src/delivery/positions.ts'
import { openRedisPositions } from '../../src/delivery/redis-positions.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from './clock.ts'
import { silentLog } from './embedded.ts'
import { newPrefix, redisAddress, useRedis } from './redis.ts'
import { prepareStorage } from './storage.ts'

/** How long a position is kept after it was released. */
export const TTL_MS = 60_000
/** How many positions of a user are kept. */
export const PER_USER = 40

const redis = useRedis()

const OPTIONS = { log: silentLog(), ttlMs: TTL_MS, perUser: PER_USER }

/** What an implementation gives to a test. */
export interface PositionNodes {
  /** Starts a node. */
  start(): Promise<{ readonly positions: Positions; readonly storage: Storage }>
  /** Lets time pass, and what is due happen. */
  pass(ms: number): Promise<void>
}

const inMemory = (): PositionNodes => {
  const clock = createManualClock()
  const open = prepareStorage()
  const storages: Storage[] = []
  return {
    start: async () => {
      const storage = await open()
      storages.push(storage)
      return { storage, positions: openMemoryPositions({ storage, clock, ...OPTIONS }) }
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        // What was begun to be written before is on disk now.
        for (const storage of storages) await storage.write(async () => {}, 'positions')
      }
    },
  }
}

/** Nodes that live at the same time. */
export interface RedisPositionNodes extends PositionNodes {
  /** Begins every key. */
  readonly prefix: string
  /** Lets so little time pass that nothing is due. */
  wait(ms: number): void
  /** Starts a node; `kill` lets nothing that it does reach the others any more. */
  start(): Promise<{ readonly positions: Positions; readonly storage: Storage; readonly kill: () => void }>
}

/** Nodes that share a Redis; their positions last longer than they do. */
export const openRedisNodes = (open = prepareStorage()): RedisPositionNodes => {
  const clock = createManualClock()
  const prefix = newPrefix()
  const clients: Awaited<ReturnType<typeof openCommandClient>>[] = []
  return {
    prefix,
    wait: clock.advance,
    start: async () => {
      const [storage, client] = [
        await open(),
        await openCommandClient({ address: redisAddress(redis.url()), name: 'test' }),
      ]
      onTestFinished(() => client.disconnect())
      clients.push(client)
      const { now } = clock
      const positions = await openRedisPositions({ storage, client, prefix, clock, now, ...OPTIONS })
      const kill = (): void => {
        client.disconnect()
        clients.splice(clients.indexOf(client), 1)
      }
      return { storage, positions, kill }
    },
    pass: async (ms) => {
      for (let passed = 0; passed < ms; passed += 1_000) {
        clock.advance(1_000)
        // What was begun to be written before has been answered: first where lost memories are looked for, then what moved.
        for (let trips = 0; trips < 2; trips++) {
          await setImmediate()
          for (const client of clients) await client.ping()
        }
        await setImmediate()
      }
    },
  }
}

/** Every home of positions with its name. */
export const POSITION_HOMES: readonly (readonly [name: string, open: () => PositionNodes])[] = [
  ['in memory', inMemory],
  ['in Redis', openRedisNodes],
]

/** The key of a subscription that nobody has begun yet. */
export const newKey = (userId = 'ada'): PositionKey =>
  positionKey({ userId, operationId: randomUUID(), query: 'subscription { a }' })!

/** Where a lane stands. */
export const lane = (revision: number, epoch = 'first', terms = '') => ({ epoch, revision, terms })

/** Begins, and says where. */
export const startOf = async (positions: Positions, key: PositionKey, at: ReturnType<typeof lane>): Promise<Start> =>
  (await positions.begin(key, at)).start
