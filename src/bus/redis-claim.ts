import type { Cancel } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript } from '../redis/redis-scripts.ts'

export interface RedisClaimOptions {
  readonly client: RedisCommands
  readonly prefix: string
  /** The id of the database of this node: `Storage.epoch`. */
  readonly database: string
  /** The number of the Redis database in `REDIS_URL`. */
  readonly number: number
  readonly log: Log
}

/** Makes sure that all nodes with one `REDIS_PREFIX` use the same database of Herald, whatever number their `REDIS_URL` ends with. */
export interface RedisClaim {
  /** Whether the prefix belonged to the database of this node at the last claim; false before. */
  isOurs(): boolean
  /** Rejects with SERVICE_UNAVAILABLE when the prefix was last found to belong to another database. Does not ask Redis. */
  check(): Promise<void>
  /** Resolves to whether the prefix could be claimed, without claiming it. Rejects when Redis does not answer. */
  look(): Promise<boolean>
  /**
   * Claims the prefix for the database of this node. Resolves to false when it belongs to another one. Rejects when Redis takes no writes.
   */
  claim(): Promise<boolean>
  /**
   * Resolves to the id of the bus: of the part of Redis that nodes with this prefix and number share. When the prefix was claimed before,
   * it is claimed again first, because Redis may have forgotten that. Resolves to undefined when Redis does not answer.
   */
  readBusId(): Promise<string | undefined>
  /** Ends it. With `release`, for a node that has never served, gives back a prefix that this node was the first to claim. */
  close(release: boolean): Promise<void>
}

const CLAIM = readScript(import.meta.dirname, 'claim')
const RELEASE = readScript(import.meta.dirname, 'release-claim')

/** The error text for a prefix that belongs to another database, with what an operator can do about it. */
export function describeOtherDatabase(prefix: string): string {
  return (
    `The nodes at REDIS_URL with REDIS_PREFIX ${prefix} use another database. Nodes that share a Redis must share ` +
    'the database, too, whatever number REDIS_URL ends with: correct DATABASE_URL or DATA_DIR, or choose another REDIS_PREFIX. ' +
    `If that database is gone for good, delete the key ${prefix}epoch.`
  )
}

/** The claim of a node. It claims nothing before `claim` is called; then again whenever Redis is connected anew. */
export function openRedisClaim({ client, prefix, database, number, log }: RedisClaimOptions): RedisClaim {
  const run = createRunScript(client, [`${prefix}epoch`], 'Whose database this Redis serves')
  const busIdKey = `${prefix}bus-id`
  const newBusId = newEpoch()
  let hasClaimed = false
  let isNew = false
  let isOurs = false
  let isForeign = false

  const ask = async (isClaiming: boolean): Promise<number> => {
    const args = [database, isClaiming ? 1 : 0, client.isCluster || number === 0 ? 0 : 1, number]
    const answer = Number(await run(CLAIM, args))
    if (answer === 0 && isClaiming && !isForeign) log.error({ prefix }, 'nodes with another database use this prefix')
    isForeign = answer === 0
    isOurs = isClaiming && !isForeign
    return answer
  }

  const claim = async (): Promise<boolean> => {
    hasClaimed = true
    const answer = await ask(true)
    if (answer === 2) isNew = true
    return answer > 0
  }

  const claimBusId = async (): Promise<string> => (await client.set(busIdKey, newBusId, 'NX', 'GET')) ?? newBusId

  const readBusId = async (): Promise<string | undefined> => {
    if (hasClaimed) await claim().catch(() => {})
    // A Redis that takes no writes can still be read.
    return claimBusId().catch(async () => (await client.get(busIdKey).catch(() => null)) ?? undefined)
  }

  const again = (): void => {
    if (hasClaimed) claim().catch(() => {})
  }
  client.on('ready', again)
  const stop: Cancel = () => client.off('ready', again)

  return {
    // While Redis is away, the last answer counts.
    isOurs: () => isOurs,
    check: async () => {
      if (isForeign) throw new AppError('SERVICE_UNAVAILABLE', 'Nodes with another database use this Redis.')
    },
    look: async () => (await ask(false)) > 0,
    claim,
    readBusId,
    close: async (release) => {
      stop()
      if (release && isNew) await run(RELEASE, [database, 0, client.isCluster || number === 0 ? 0 : 1]).catch(() => {})
    },
  }
}
