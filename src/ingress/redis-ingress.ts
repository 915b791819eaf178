import { readCommands } from '../graphql/commands.ts'
import type { Clock } from '../lib/clock.ts'
import type { Limits } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import { openCommandClient, type RedisCommands, type RedisTarget } from '../redis/redis-client.ts'
import { createExecuteCommand } from './execute-command.ts'
import { createExecutor } from './executor.ts'
import type { OpenIngress } from './ingress.ts'
import { openChannelSubscriber } from './redis-channel-subscriber.ts'
import { createDeadLetters } from './redis-dead-letters.ts'
import { createStreamEntries } from './redis-entries.ts'
import { openReaderLease } from './redis-reader-lease.ts'
import { createRedisReceipts } from './redis-receipts.ts'
import { openStreamConsumer } from './redis-stream-consumer.ts'

export interface RedisIngressOptions extends RedisTarget {
  /** The beginning of the name of every key and channel in Redis. */
  readonly prefix: string
  readonly client: RedisCommands
  /** How often the subscribed connection is tested, in milliseconds. */
  readonly canaryMs: number
  /** How long the lease for reading the stream lasts, in milliseconds. */
  readonly leaseMs: number
  /** Whether commands at this prefix are for the database of this node. */
  readonly isOurs: () => boolean
  readonly limits: Pick<Limits, 'requestBytes' | 'deadCommands' | 'quickCommands'>
  readonly clock: Clock
  readonly log: Log
}

/**
 * An ingress that takes commands from the stream and from the channel `<prefix>commands`. No command to Redis uses two keys, so a Redis
 * Cluster may have them in different slots. Opening rejects when Redis cannot be reached.
 */
export function createRedisIngress(options: RedisIngressOptions): OpenIngress {
  return async (deps) => {
    const { address, ca, prefix, client, limits, clock, log } = options
    const name = `${prefix}commands`
    const executor = createExecutor({
      commands: readCommands(deps.schema),
      execute: createExecuteCommand({ ...deps, log }),
      receipts: createRedisReceipts(client, prefix),
      maxBytes: limits.requestBytes,
      counter: deps.counter,
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
    const shared = { ...options, executor, letters, counter: deps.counter }
    const quick = await openChannelSubscriber({ ...shared, subscriber, channel: name, max: limits.quickCommands })
    const durable = openStreamConsumer({
      ...shared,
      stream: name,
      entries: createStreamEntries({ reader, client, stream: name }),
      lease: openReaderLease(options),
    })

    return {
      close: async () => {
        executor.stop()
        // A blocked read may wait for long. An entry that it gets nevertheless is left to the next reader.
        reader.disconnect()
        await Promise.all([quick.close(), durable.close()])
      },
    }
  }
}
