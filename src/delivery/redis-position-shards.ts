import { createHash } from 'node:crypto'
import type { Clock } from '../lib/clock.ts'
import { newEpoch } from '../lib/ids.ts'
import type { RedisCommands } from '../redis/redis-client.ts'
import { createRunScript, type Script } from '../redis/redis-scripts.ts'
import type { Storage } from '../storage/storage.ts'
import { EXPIRED_KNOWN_MS } from './position-home.ts'
import { REMEMBER } from './redis-position-scripts.ts'

/**
 * A part of the users, whose positions a Redis Cluster keeps in one slot, so that it has all of them or none. Without a cluster there is
 * one shard, so that those who come together cost one script.
 */
export interface Shard {
  /** Runs a script; resolves to what it returns. `now` comes first among its arguments. */
  run(script: Script, args: readonly (string | number)[]): Promise<unknown>
  /**
   * Makes sure that Redis remembers: when it has lost the shard, its memory begins anew, and whatever is not known is doubted for a
   * day. Resolves to whether something that this node told was lost.
   */
  remember(): Promise<boolean>
  /** A script said what is remembered. Returns whether something that this node told was lost. */
  isLost(memory: string): boolean
}

/** Which shard a user belongs to. */
export interface Shards {
  readonly all: readonly Shard[]
  of(userId: string): Shard
}

export interface ShardsOptions {
  readonly client: RedisCommands
  /** Begins every key. */
  readonly prefix: string
  readonly storage: Storage
  readonly clock: Clock
  /** What the time is. Redis's own clock when left out, so that those of the nodes need not agree. */
  readonly now?: (() => number) | undefined
}

/** Of a cluster. Never change it, nor how users are dealt out: users would be looked for in other shards. */
const SHARDS = 64
/** The row of `meta` that says that positions are in Redis. */
const IN_REDIS = 'positions'

const createShard = (base: string, { client, clock, now = () => 0 }: ShardsOptions) => {
  const run = createRunScript(client, [base, `${base}memory`], 'How far subscriptions got')
  let known: string | undefined
  const isLost = (memory: string): boolean => {
    const isOther = known !== undefined && known !== memory
    known = memory
    return isOther
  }
  const remember = async (doubtedUntil: number): Promise<boolean> =>
    isLost((await run(REMEMBER, [now(), `${newEpoch()} ${doubtedUntil}`])) as string)
  const shard: Shard = {
    run: (script, args) => run(script, [now(), ...args]),
    remember: () => remember(clock.now() + EXPIRED_KNOWN_MS),
    isLost,
  }
  return { shard, begin: remember }
}

/** Whether positions of this database were ever kept anywhere. */
const isUsed = (storage: Storage): Promise<boolean> =>
  storage.read(async (tx) => {
    const inRedis = await tx.selectFrom('meta').select('key').where('key', '=', IN_REDIS).executeTakeFirst()
    const inDatabase = await tx.selectFrom('positions').select('key').limit(1).executeTakeFirst()
    return (inRedis ?? inDatabase) !== undefined
  })

/**
 * Opens the memory of positions in Redis. Each shard has a key that says since when it remembers. The database says whether there
 * ever was one: so a Redis that is empty because it is new is told from one that has lost what it knew.
 */
export const openShards = async (options: ShardsOptions): Promise<Shards> => {
  const { storage, clock } = options
  const doubtedUntil = (await isUsed(storage)) ? clock.now() + EXPIRED_KNOWN_MS : 0
  const tags = options.client.isCluster
    ? Array.from({ length: SHARDS }, (_, index) => `{positions:${index}}`)
    : ['{positions}']
  const shards = tags.map((tag) => createShard(`${options.prefix}${tag}:`, options))
  // A Redis that takes no writes now is told with the first that it takes.
  await Promise.all(shards.map(({ begin }) => begin(doubtedUntil).catch(() => {})))
  await storage.write((tx) =>
    tx
      .insertInto('meta')
      .values({ key: IN_REDIS, value: 'redis' })
      .onConflict((conflict) => conflict.column('key').doNothing())
      .execute(),
  )
  const all = shards.map(({ shard }) => shard)
  const [only] = all
  return {
    all,
    of:
      all.length === 1
        ? () => only as Shard
        : (userId) => all[(createHash('sha256').update(userId).digest()[0] ?? 0) % SHARDS] as Shard,
  }
}
