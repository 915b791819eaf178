import { onTestFinished } from 'vitest'
import { createMemoryPresenceLeases } from '../../src/presence/memory-presence-leases.ts'
import { PRESENCE_GRACE_MS, type PresenceLeases, type Transition } from '../../src/presence/presence-leases.ts'
import { createRedisPresenceLeases } from '../../src/presence/redis-presence-leases.ts'
import type { RedisCommands } from '../../src/redis/redis-client.ts'
import { createManualClock } from './clock.ts'
import { newPrefix, useRedisClient } from './redis.ts'
import { useEachRedis } from './redis-cluster.ts'

/** What an implementation gives to a test. */
export interface LeasingNodes {
  readonly graceMs: number
  /** Starts a node. */
  start(): PresenceLeases
  /** Lets time pass for the leases. */
  pass(ms: number): Promise<void>
  /** Ends a node as `kill -9` does and waits until its lease has run out. Only implementations for several nodes have it. */
  readonly kill?: (node: PresenceLeases) => Promise<void>
}

const inMemory = (): LeasingNodes => {
  const clock = createManualClock()
  return {
    graceMs: PRESENCE_GRACE_MS,
    start: () => createMemoryPresenceLeases({ clock }),
    pass: async (ms) => clock.advance(ms),
  }
}

const LEASE_MS = 25_000

/** Time is that of the test, also for Redis. */
const inRedis = (client: () => RedisCommands) => (): LeasingNodes => {
  const clock = createManualClock()
  const prefix = newPrefix()
  const pass = async (ms: number): Promise<void> => clock.advance(ms)
  return {
    graceMs: PRESENCE_GRACE_MS,
    start: () => createRedisPresenceLeases({ client: client(), prefix, clock, leaseMs: LEASE_MS, now: clock.now }),
    pass,
    kill: () => pass(LEASE_MS),
  }
}

/** Every implementation with its name. Call it at the top. */
export const usePresenceLeases = (): readonly (readonly [name: string, open: () => LeasingNodes])[] => [
  ['in memory', inMemory],
  ...useEachRedis().map(([name, redis]) => [`in ${name}`, inRedis(useRedisClient(redis))] as const),
]

/** A node that ends with the test. */
export const started = (nodes: LeasingNodes): PresenceLeases => {
  const leases = nodes.start()
  onTestFinished(() => leases.close(async () => {}))
  return leases
}

/** Sweeps once and returns what was handed over. */
export const swept = async (leases: PresenceLeases): Promise<readonly Transition[]> => {
  const told: Transition[] = []
  await leases.sweep(async (transitions) => {
    told.push(...transitions)
  })
  return told
}

/** Whether a user is online, on how many connections. */
export const lookUp = async (leases: PresenceLeases, userId: string) => {
  const { isOnline, connections } = (await leases.lookUp([userId])).get(userId)!
  return { isOnline, connections }
}
