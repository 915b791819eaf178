import { readCommands } from '../graphql/commands.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import { openCommandClient, type RedisCommands, type RedisTarget } from '../redis/redis-client.ts'
import { createExecute } from './execute.ts'
import { createExecutor } from './executor.ts'
import type { OpenIngress } from './ingress.ts'
import { createDeadLetters } from './redis-dead-letters.ts'
import { openDurableDoor } from './redis-durable-door.ts'
import { createEntries } from './redis-entries.ts'
import { openQuickDoor } from './redis-quick-door.ts'
import { openReaderLease } from './redis-reader-lease.ts'
import { createRedisReceipts } from './redis-receipts.ts'

export interface RedisIngressOptions extends RedisTarget {
  /** Begins every key and channel. */
  readonly prefix: string
  readonly client: RedisCommands
  readonly canaryMs: number
  readonly leaseMs: number
  /** Whether commands at this prefix are for the database of this node. */
  readonly isOurs: () => boolean
  readonly limits: Pick<Limits, 'requestBytes' | 'deadCommands' | 'quickCommands'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Makes the two doors of Redis: the stream and the channel `<prefix>commands`. No step touches two keys, so a Redis Cluster may
 * have them where it likes. Opening rejects when Redis cannot be reached.
 */
export const createRedisIngress =
  (options: RedisIngressOptions): OpenIngress =>
  async (deps) => {
    const { address, ca, prefix, client, limits, clock, log } = options
    const name = `${prefix}commands`
    const executor = createExecutor({
      commands: readCommands(deps.schema),
      execute: createExecute({ ...deps, log }),
      receipts: createRedisReceipts(client, prefix),
      maxBytes: limits.requestBytes,
      tally: deps.tally,
      clock,
      log,
    })
    const letters = createDeadLetters({
      client,
      prefix,
      clock,
      max: limits.deadCommands,
      maxBytes: limits.requestBytes,
    })
    const reader = await openCommandClient({ address, ca, name: 'herald-commands-reader' })
    const subscriber = await openCommandClient({ address, ca, name: 'herald-commands-subscriber' })
    const shared = { ...options, executor, letters, tally: deps.tally }
    const quick = await openQuickDoor({ ...shared, subscriber, channel: name, max: limits.quickCommands })
    const durable = openDurableDoor({
      ...shared,
      stream: name,
      entries: createEntries({ reader, client, stream: name }),
      lease: openReaderLease(options),
    })

    return {
      close: async () => {
        executor.stop()
        // It waits for what may never come; what comes nevertheless is left to the next reader.
        reader.disconnect()
        await Promise.all([quick.close(), durable.close()])
      },
    }
  }
