import type { Clock } from '../lib/clock.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import type { EventExit } from './event-exit.ts'

export interface RedisExitOptions {
  readonly client: RedisCommands
  /** The beginning of the name of every key in Redis. */
  readonly prefix: string
  /** Whether the prefix belongs to the database of this node. */
  readonly isOurs: () => boolean
  /** How long events stay in the stream, in milliseconds. */
  readonly keepMs: number
  readonly clock: Clock
}

/** Events under way at a time. They share round trips. */
const MAX_COMMANDS = 100

/**
 * Sends events to the Redis stream `<prefix>events`, from which backends read with consumer groups of their own. An entry has the fields
 * `id`, `type` and `event`. Entries older than `keepMs` go as new ones come.
 */
export function createRedisExit({ client, prefix, isOurs, keepMs, clock }: RedisExitOptions): EventExit {
  const stream = `${prefix}events`
  return {
    name: 'redis',
    max: MAX_COMMANDS,
    send: async ({ id, type, body }) => {
      if (!isOurs()) throw new Error('The stream belongs to nodes with another database')
      const oldest = Math.max(0, clock.now() - keepMs)
      await client.xadd(stream, 'MINID', '~', oldest, '*', 'id', id, 'type', type, 'event', body)
    },
    close: () => {},
  }
}
