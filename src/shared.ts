import { resolve } from 'node:path'
import { type BusStats, createBusStats } from './bus/bus-stats.ts'
import type { OpenLink } from './bus/link.ts'
import { openLocalLink } from './bus/local-link.ts'
import { describeOtherDatabase, openRedisClaim } from './bus/redis-claim.ts'
import { createRedisLink } from './bus/redis-link.ts'
import { type Config, ConfigError } from './config.ts'
import { openMemoryPositions } from './delivery/memory-positions.ts'
import type { Positions } from './delivery/positions.ts'
import { openRedisPositions } from './delivery/redis-positions.ts'
import { type OpenIngress, openNoIngress } from './ingress/ingress.ts'
import { createRedisIngress } from './ingress/redis-ingress.ts'
import type { Clock } from './lib/clock.ts'
import type { Closing } from './lib/closing.ts'
import type { Log } from './lib/log.ts'
import { withPatience } from './lib/start-error.ts'
import { createMemoryPresenceLeases } from './presence/memory-presence-leases.ts'
import type { PresenceLeases } from './presence/presence-leases.ts'
import { createRedisPresenceLeases } from './presence/redis-presence-leases.ts'
import { openRedis } from './redis.ts'
import { type NodeLease, openNodeLease } from './storage/node-lease.ts'
import type { Storage } from './storage/storage.ts'
import { createMemoryTicketRooms } from './tickets/memory-ticket-rooms.ts'
import { openRedisTicketRooms } from './tickets/redis-ticket-rooms.ts'
import type { TicketRooms } from './tickets/ticket-rooms.ts'

/** What the nodes of a cluster have in common; of a single node, what stands in for it. */
export interface Shared {
  /** The right to serve from the database. */
  readonly lease: NodeLease
  readonly openLink: OpenLink
  readonly busStats: BusStats
  readonly leases: PresenceLeases
  readonly rooms: TicketRooms
  readonly closeRooms: () => Promise<void>
  readonly positions: Positions
  readonly openIngress: OpenIngress
  /** Each rejects when this node does not belong to the others. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
  /** This node serves from now on. Throws a ConfigError when it must not. */
  readonly serve: () => Promise<void>
}

export interface SharedDeps {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Log
  /** Where to say how things are released. */
  readonly closing: Closing
}

/** Where the database is, without a password. */
const whereIs = ({ postgres, databaseFile }: Config) => {
  if (!postgres) return { where: resolve(databaseFile), key: 'DATA_DIR' } as const
  const { host, pathname } = new URL(postgres.url)
  return { where: `${host}${pathname}`, key: 'DATABASE_URL' } as const
}

/** How positions are kept, wherever that is. */
const positionsOptions = ({ resumeTtlMs, limits }: Config, { storage, clock, log }: SharedDeps) => ({
  ...{ storage, clock, log },
  ttlMs: resumeTtlMs,
  perUser: limits.positionsPerUser,
})

const shareNothing = async (config: Config, deps: SharedDeps): Promise<Shared> => {
  const { clock, closing } = deps
  const lease = await openNodeLease({ ...deps, ...whereIs(config) })
  closing.add('lease', lease.close)
  return {
    lease,
    openLink: openLocalLink,
    busStats: createBusStats(),
    leases: createMemoryPresenceLeases({ clock, graceMs: config.presenceGraceMs }),
    rooms: createMemoryTicketRooms({ clock, max: config.limits.ticketViewers + 1, graceMs: config.ticketGraceMs }),
    closeRooms: async () => {},
    positions: openMemoryPositions(positionsOptions(config, deps)),
    openIngress: openNoIngress,
    checks: {},
    serve: async () => {},
  }
}

/** Connects to the Redis that the nodes share. Throws a ConfigError when it cannot be this one. */
const openClaimedRedis = async (redis: NonNullable<Config['redis']>, { storage, log, closing }: SharedDeps) => {
  const { target, client, refuse } = await withPatience(log, () => openRedis(redis, 'herald-commands'))
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
  return { target, client, claim, serve }
}

const share = async (config: Config & { redis: NonNullable<Config['redis']> }, deps: SharedDeps): Promise<Shared> => {
  const { redis, presenceGraceMs, ticketGraceMs, limits } = config
  const { storage, clock, log, closing } = deps
  const { target, client, claim, serve } = await openClaimedRedis(redis, deps)
  const lease = await openNodeLease({ ...deps, ...whereIs(config), readHome: claim.readHome })
  closing.add('lease', lease.close)
  const busStats = createBusStats()
  const { isOurs } = claim
  const options = { ...redis, ...target, client, clock, log, limits, isOurs, database: storage.epoch, stats: busStats }
  const rooms = openRedisTicketRooms({ ...options, max: limits.ticketViewers + 1, graceMs: ticketGraceMs })
  closing.add('the sweep of ticket rooms', rooms.close)
  return {
    lease,
    openLink: createRedisLink(options),
    busStats,
    leases: createRedisPresenceLeases({ ...options, graceMs: presenceGraceMs }),
    rooms,
    closeRooms: rooms.close,
    positions: await openRedisPositions({ ...positionsOptions(config, deps), client, prefix: redis.prefix }),
    openIngress: createRedisIngress(options),
    checks: { epoch: claim.check },
    serve,
  }
}

/** Takes what this node shares with others, or what stands in for that when it is alone. Throws a ConfigError or StartError when it must not. */
export const openShared = (config: Config, deps: SharedDeps): Promise<Shared> =>
  config.redis ? share({ ...config, redis: config.redis }, deps) : shareNothing(config, deps)
