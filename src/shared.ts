import { resolve } from 'node:path'
import { type BusStats, createBusStats } from './bus/bus-stats.ts'
import type { OpenLink } from './bus/link.ts'
import { openLocalLink } from './bus/local-link.ts'
import { describeOtherDatabase, openRedisClaim } from './bus/redis-claim.ts'
import { createRedisLink } from './bus/redis-link.ts'
import { type Config, ConfigError } from './config.ts'
import type { EventExit } from './handoff/event-exit.ts'
import { createRedisExit } from './handoff/redis-exit.ts'
import { type OpenIngress, openNoIngress } from './ingress/ingress.ts'
import { createRedisIngress } from './ingress/redis-ingress.ts'
import type { Clock } from './lib/clock.ts'
import type { CloseStack } from './lib/close-stack.ts'
import type { Log } from './lib/log.ts'
import { retryStart } from './lib/start-error.ts'
import type { Memberships } from './membership/memberships.ts'
import { openMemoryMemberships } from './membership/memory-memberships.ts'
import { openRedisMemberships } from './membership/redis-memberships.ts'
import { openRedis } from './redis/redis-start.ts'
import { type NodeLease, openNodeLease } from './storage/node-lease.ts'
import type { Storage } from './storage/storage.ts'

/** The parts that the nodes of a cluster share through Redis and the database. For a single node, they are in its own memory. */
export interface Shared {
  /** The right to serve from the database. */
  readonly lease: NodeLease
  readonly openLink: OpenLink
  readonly busStats: BusStats
  readonly memberships: Memberships
  readonly openIngress: OpenIngress
  /** The stream by which events leave for the backend. Undefined: there is none. */
  readonly eventStream: EventExit | undefined
  /** Checks for `/ready`, by name. Each rejects when this node does not belong with the others. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
  /** Call it when this node begins to serve: it claims the Redis. Rejects with a ConfigError when the node must not serve. */
  readonly serve: () => Promise<void>
}

export interface SharedDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** The stack to which every opened part is added, so that it is released. */
  readonly closing: CloseStack
}

type RedisConfig = NonNullable<Config['redis']>

/** The place of the database for error texts, without a password, and the configuration key that sets it. */
export function whereIs({ postgres, databaseFile }: Config) {
  if (!postgres) return { where: resolve(databaseFile), key: 'DATA_DIR' } as const
  const { host, pathname } = new URL(postgres.url)
  return { where: `${host}${pathname}`, key: 'DATABASE_URL' } as const
}

/** Connects to the Redis that the nodes share. Throws a ConfigError when nodes with another database use it. */
async function openClaimedRedis(redis: RedisConfig, { limits }: Config, deps: SharedDeps) {
  const { storage, clock, log, closing } = deps
  const { target, client, refuse } = await retryStart(log, () => openRedis(redis, 'herald-commands'))
  closing.add('redis', () => client.disconnect())
  const { prefix, address } = redis
  const claim = openRedisClaim({ client, prefix, database: storage.epoch, number: address.database, log })
  let hasServed = false
  closing.add('claim', () => claim.close(!hasServed))
  const requireOurs = (isOurs: boolean): void => {
    if (!isOurs) throw new ConfigError([describeOtherDatabase(prefix)])
  }
  requireOurs(await claim.look().catch(refuse))
  const serve = async (): Promise<void> => {
    requireOurs(
      await claim.claim().catch((err: unknown) => {
        log.error({ err }, 'Redis takes no writes; this node goes on alone until it does')
        return true
      }),
    )
    hasServed = true
  }
  const { isOurs } = claim
  /** The options for every part that uses this Redis. */
  const options = { ...redis, ...target, client, clock, log, limits, isOurs, database: storage.epoch }
  return { options, claim, serve }
}

/**
 * Opens the parts that this node shares with others: the lease, the bus, the memberships, and the ingress of commands. Without Redis, those
 * of a single node take their place. Throws a ConfigError or StartError when this node must not serve.
 */
export async function openShared(config: Config, deps: SharedDeps): Promise<Shared> {
  const { closing } = deps
  const redis = config.redis && (await openClaimedRedis(config.redis, config, deps))
  const lease = await openNodeLease({ ...deps, ...whereIs(config), ...(redis && { readBusId: redis.claim.readBusId }) })
  closing.add('lease', lease.close)
  const stats = createBusStats()
  return {
    lease,
    openLink: redis ? createRedisLink({ ...redis.options, stats }) : openLocalLink,
    busStats: stats,
    memberships: redis ? openRedisMemberships(redis.options) : openMemoryMemberships(deps),
    openIngress: redis ? createRedisIngress(redis.options) : openNoIngress,
    eventStream: redis && createRedisExit({ ...redis.options, keepMs: config.handoff.keepMs }),
    checks: redis ? { epoch: redis.claim.check } : {},
    serve: redis ? redis.serve : async () => {},
  }
}
