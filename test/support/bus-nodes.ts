import { onTestFinished } from 'vitest'
import { z } from 'zod'
import { type Bus, createBus, topic } from '../../src/bus/bus.ts'
import { type BusStats, createBusStats } from '../../src/bus/bus-stats.ts'
import { createRedisLink } from '../../src/bus/redis-link.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { silentLog } from './embedded.ts'
import { until } from './nodes.ts'
import { redisAddress } from './redis.ts'

/** The events of these tests. */
export const rung = z.object({ n: z.number(), text: z.string().optional() })
export const numbers = topic('numbers', rung)
/** How often nodes try whether messages pass, unless a test says something else. */
export const CANARY_MS = 200

export interface BusNodeOptions {
  readonly url: string
  readonly prefix: string
  readonly database?: string
  readonly canaryMs?: number
  readonly stats?: BusStats
}

/** The bus of a node on a Redis, and nothing else of it; it ends with the test. */
export function openBusNode({
  url,
  prefix,
  database = 'shop',
  canaryMs = CANARY_MS,
  stats = createBusStats(),
}: BusNodeOptions): Bus {
  const log = silentLog()
  const openLink = createRedisLink({
    address: redisAddress(url),
    prefix,
    database,
    clock: systemClock,
    log,
    canaryMs,
    stats,
  })
  const bus = createBus({ openLink, clock: systemClock, log, stats })
  onTestFinished(bus.close)
  return bus
}

/** Listens, and notes what is received. */
export function listen(bus: Bus, name = numbers) {
  const received: number[] = []
  const gaps = { count: 0 }
  const { live } = bus.subscribe(name, { event: ({ n }) => received.push(n), gap: () => gaps.count++ })
  return { numbers: name, live, received, gaps, receives: (n: number) => until(async () => received.includes(n)) }
}

/** Whether messages pass between this node and the others. */
export function isReady(bus: Pick<Bus, 'ping'>): Promise<boolean> {
  return bus.ping().then(
    () => true,
    () => false,
  )
}
