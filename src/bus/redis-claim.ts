import type { Cancel } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, readScript } from '../redis/redis-scripts.ts'

export interface RedisClaimOptions {
  readonly client: RedisCommands
  readonly prefix: string
  /** Names the database of this node: `Storage.epoch`. */
  readonly database: string
  /** The number of the Redis database in `REDIS_URL`. */
  readonly number: number
  readonly log: Log
}

/** Sees to it that all nodes of a prefix stand on one database, whatever number of a Redis database they use. */
export interface RedisClaim {
  /** Whether this prefix belongs to the database of this node, when it was last looked; false before `claim`. */
  isOurs(): boolean
  /** Rejects while the prefix belongs to another database. */
  check(): Promise<void>
  /** Resolves to whether the prefix could be claimed. Rejects when Redis does not answer. */
  look(): Promise<boolean>
  /** Claims the prefix for the database of this node. Resolves to whether it was free or already ours. Rejects when Redis does not write. */
  claim(): Promise<boolean>
  /**
   * Names the part of Redis that nodes with this prefix and number share, and claims the prefix again when that had been done and Redis has
   * forgotten it. Resolves to undefined when Redis does not answer.
   */
  readBusId(): Promise<string | undefined>
  /** Ends it. Gives back what was claimed when `release` says that this node never served. */
  close(release: boolean): Promise<void>
}

const CLAIM = readScript(import.meta.dirname, 'claim')
const RELEASE = readScript(import.meta.dirname, 'release-claim')

/** What an operator can do about nodes with different databases. */
export function describeOtherDatabase(prefix: string): string {
  return (
    `The nodes at REDIS_URL with REDIS_PREFIX ${prefix} use another database. Nodes that share a Redis must share ` +
    'the database, too, whatever number REDIS_URL ends with: correct DATABASE_URL or DATA_DIR, or choose another REDIS_PREFIX. ' +
    `If that database is gone for good, delete the key ${prefix}epoch.`
  )
}

/** Makes the claim of a node, which claims nothing yet. */
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
    // A Redis that takes no writes can be read, if it is there.
    return claimBusId().catch(async () => (await client.get(busIdKey).catch(() => null)) ?? undefined)
  }

  const again = (): void => {
    if (hasClaimed) claim().catch(() => {})
  }
  client.on('ready', again)
  const stop: Cancel = () => client.off('ready', again)

  return {
    // While Redis is away, what was known stays.
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
