import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { RedisCommands } from '../lib/redis-client.ts'
import { repeat } from '../lib/repeat.ts'

export interface EpochWatchOptions {
  readonly client: RedisCommands
  readonly prefix: string
  /** Of the database of this node. */
  readonly epoch: string
  /** How long a node may be silent before others take what it held, in milliseconds: it is looked more often than that. */
  readonly leaseMs: number
  readonly clock: Clock
  readonly log: Log
}

const LOOKS_PER_LEASE = 2.5

/** Sees to it that the nodes of a prefix stand on one database. */
export interface EpochWatch {
  /** Whether they did when it was last looked. */
  isShared(): boolean
  /** Rejects when they did not. */
  check(): Promise<void>
  close: Cancel
}

/**
 * Whether the nodes of this prefix stand on the database with this epoch: the first node says which one it is, and every node
 * says it again when Redis has forgotten it. Rejects when Redis does not answer.
 */
export const openEpochWatch = async (options: EpochWatchOptions): Promise<EpochWatch> => {
  const { client, prefix, epoch, leaseMs, clock, log } = options
  const look = async (): Promise<boolean> => {
    const said = await client.set(`${prefix}epoch`, epoch, 'NX', 'GET')
    return said === null || said === epoch
  }
  let isShared = await look()
  const round = async (): Promise<void> => {
    const wasShared = isShared
    isShared = await look()
    if (wasShared && !isShared) log.error({ prefix }, 'nodes with another database use this prefix')
  }
  client.on('ready', () => void round().catch(() => {}))
  // While Redis is away, what was known stays.
  return {
    isShared: () => isShared,
    check: async () => {
      if (!isShared) throw new AppError('SERVICE_UNAVAILABLE', 'Nodes with another database use this Redis.')
    },
    close: repeat(clock, leaseMs / LOOKS_PER_LEASE, round, () => {}),
  }
}

/** What an operator can do about nodes with different databases. */
export const describeOtherDatabase = (prefix: string): string =>
  `The nodes at REDIS_URL with REDIS_PREFIX ${prefix} use another database. Nodes that share a Redis must share ` +
  'the database, too: correct DATABASE_URL or DATA_DIR, or choose another REDIS_PREFIX. ' +
  `If that database is gone for good, delete the key ${prefix}epoch.`
