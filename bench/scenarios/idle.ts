import { setTimeout } from 'node:timers/promises'
import { startCpu } from '../load/cpu.ts'
import { herald } from '../peers/herald.ts'
import type { Redis } from '../processes/redis.ts'
import { withStage } from './stage.ts'

/** What many connections cost that do nothing, and a Redis that was away. */
export interface IdleSample {
  readonly repetition: number
  readonly connections: number
  /** CPU time per second of the node, for presence, checkpoints, audits and keeping connections alive, in milliseconds. */
  readonly serverMsPerSecond: number
  readonly redisMsPerSecond: number
  readonly redisBytes: number
  /** From the start of an empty Redis until every topic is subscribed again, in milliseconds. */
  readonly resubscribedMs: number
  readonly resubscribeCpuMs: number
  readonly foreign: number
}

const SETTLE_MS = 15_000
const LOOK_MS = 10
const AWAY_MS = 1_000
const TIMEOUT_MS = 120_000

/** Connects users with notifications of their own, leaves them in peace for a while, then replaces Redis by an empty one. */
export function measureIdle(
  redis: Redis,
  { connections, ms, repetition }: { readonly connections: number; readonly ms: number; readonly repetition: number },
): Promise<IdleSample> {
  return withStage(herald, { redis }, async ({ load, start, target }) => {
    const server = await start()
    await load.connect('all', target('users', connections, [server]))
    await setTimeout(SETTLE_MS)
    const stopIdle = startCpu({ servers: [server.pid], redis: redis.pid })
    await setTimeout(ms)
    const idle = stopIdle()
    const redisBytes = await redis.usedBytes()
    const topics = await redis.channels()

    await redis.kill()
    await setTimeout(AWAY_MS)
    await redis.start()
    const stopReturn = startCpu({ servers: [server.pid], redis: redis.pid })
    const deadline = performance.now() + TIMEOUT_MS
    while ((await redis.channels()) < topics) {
      if (performance.now() > deadline) throw new Error('Not every topic is subscribed again')
      await setTimeout(LOOK_MS)
    }
    const back = stopReturn()
    return {
      repetition,
      connections,
      serverMsPerSecond: (idle.serverMs * 1_000) / idle.ms,
      redisMsPerSecond: (idle.redisMs * 1_000) / idle.ms,
      redisBytes,
      resubscribedMs: back.ms,
      resubscribeCpuMs: back.serverMs,
      foreign: Math.max(idle.foreign, back.foreign),
    }
  })
}
