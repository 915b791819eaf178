import { createAuthenticate } from './auth/authenticate.ts'
import { developmentSecret } from './auth/development-secret.ts'
import { signToken } from './auth/sign-token.ts'
import type { Role } from './auth/viewer.ts'
import { type Bus, createBus } from './bus/bus.ts'
import { type BusStats, createBusStats } from './bus/bus-stats.ts'
import type { OpenLink } from './bus/link.ts'
import { openLocalLink } from './bus/local-link.ts'
import { describeOtherDatabase, openEpochWatch } from './bus/redis-epoch.ts'
import { createRedisLink } from './bus/redis-link.ts'
import { type Config, ConfigError } from './config.ts'
import { openMemoryPositions } from './delivery/memory-positions.ts'
import type { Positions } from './delivery/positions.ts'
import { openRedisPositions } from './delivery/redis-positions.ts'
import { createEraseUser } from './erase-user.ts'
import { createEvents } from './events/events.ts'
import { openAudit } from './feed/audit.ts'
import type { Services } from './graphql/context.ts'
import { createSchema } from './graphql/schema.ts'
import { createCommandTally, type OpenIngress, openNoIngress } from './ingress/ingress.ts'
import { createRedisIngress } from './ingress/redis-ingress.ts'
import type { Clock } from './lib/clock.ts'
import { type Closing, createClosing } from './lib/closing.ts'
import type { Log } from './lib/log.ts'
import { repeat } from './lib/repeat.ts'
import type { Siblings } from './lib/siblings.ts'
import { createNotifications } from './notifications/notifications.ts'
import { createMemoryPresenceLeases } from './presence/memory-presence-leases.ts'
import { createPresence } from './presence/presence.ts'
import type { PresenceLeases } from './presence/presence-leases.ts'
import { createRedisPresenceLeases } from './presence/redis-presence-leases.ts'
import { openRedis } from './redis.ts'
import { openServer } from './server/server.ts'
import { createReadHead } from './storage/lane-heads.ts'
import { openPostgresStorage } from './storage/postgres-storage.ts'
import { openSqliteStorage } from './storage/sqlite-storage.ts'
import type { Storage } from './storage/storage.ts'
import { createMemoryTicketRooms } from './tickets/memory-ticket-rooms.ts'
import { openRedisTicketRooms } from './tickets/redis-ticket-rooms.ts'
import type { TicketRooms } from './tickets/ticket-rooms.ts'
import { createTickets } from './tickets/tickets.ts'

/** What a process lives on. */
export interface Machine {
  readonly clock: Clock
  readonly log: Log
  /** The processes that serve the same port; undefined: this one is alone. */
  readonly siblings?: Siblings | undefined
}

/** A running Herald. */
export interface App {
  /** The GraphQL endpoint. */
  readonly url: string
  /** Pages to open first; none without development tokens. */
  readonly links: readonly { readonly title: string; readonly url: string }[]
  /** Tells clients to go elsewhere, then releases everything. */
  close(): Promise<void>
}

/** How often expired notifications and old idempotency keys are cleared away. */
const SWEEP_MS = 5_000
/** How often what has had its time is deleted for good. */
const PRUNE_MS = 10 * 60_000
/** How long the token of a link works. */
const DEVELOPMENT_TTL_S = 7 * 24 * 60 * 60

/** What the nodes of a cluster have in common; of a single node, what stands in for it. */
interface Shared {
  readonly openLink: OpenLink
  readonly leases: PresenceLeases
  readonly rooms: TicketRooms
  readonly closeRooms: () => Promise<void>
  readonly positions: Positions
  readonly openIngress: OpenIngress
  /** Each rejects when this node does not belong to the others. */
  readonly checks: Readonly<Record<string, () => Promise<void>>>
}

/** How positions are kept, wherever that is. */
const positionsOptions = ({ resumeTtlMs, limits }: Config, machine: Machine & { readonly storage: Storage }) => ({
  ...machine,
  ttlMs: resumeTtlMs,
  perUser: limits.positionsPerUser,
})

const shareNothing = (config: Config, { clock, ...machine }: Machine & { readonly storage: Storage }): Shared => ({
  openLink: openLocalLink,
  leases: createMemoryPresenceLeases({ clock, graceMs: config.presenceGraceMs }),
  rooms: createMemoryTicketRooms({ max: config.limits.ticketViewers }),
  closeRooms: async () => {},
  positions: openMemoryPositions(positionsOptions(config, { clock, ...machine })),
  openIngress: openNoIngress,
  checks: {},
})

/** Connects to the Redis that the nodes share. Throws a ConfigError when it cannot be this one. */
const share = async (
  config: Config & { redis: NonNullable<Config['redis']> },
  { closing, busStats, ...machine }: Machine & { storage: Storage; busStats: BusStats; closing: Closing },
): Promise<Shared> => {
  const { redis, presenceGraceMs, limits } = config
  const { clock, log, storage } = machine
  const { target, client, refuse } = await openRedis(redis, 'herald-commands')
  closing.add('redis', () => client.disconnect())
  const options = { ...redis, ...target, client, clock, log, limits }
  const epoch = await openEpochWatch({ ...options, epoch: storage.epoch }).catch(refuse)
  closing.add('epoch', epoch.close)
  if (!epoch.isShared()) throw new ConfigError([describeOtherDatabase(redis.prefix)])
  const rooms = openRedisTicketRooms({ ...options, max: limits.ticketViewers })
  const leases = createRedisPresenceLeases({ ...options, graceMs: presenceGraceMs })
  const openLink = createRedisLink({ ...options, stats: busStats })
  const positions = await openRedisPositions({ ...positionsOptions(config, machine), client, prefix: redis.prefix })
  const openIngress = createRedisIngress(options)
  return { openLink, leases, rooms, closeRooms: rooms.close, positions, openIngress, checks: { epoch: epoch.check } }
}

type Parts = {
  readonly config: Config
  readonly storage: Storage
  readonly bus: Bus
} & Shared &
  Machine

/** The features, each with the mechanisms and the functions of other features that it needs. */
const createServices = ({ config: { limits, typing, retention }, ...parts }: Parts): Services => {
  const notifications = createNotifications({ ...parts, limits, retention })
  const tickets = createTickets({ ...parts, limits, typing, retention })
  const events = createEvents({
    ...parts,
    limits,
    requireAudience: tickets.requireAudience,
    guardAccess: tickets.guardAccess,
  })
  const presence = createPresence({ ...parts, limits })
  const services = { notifications, tickets, events, presence, limits, typing }
  return { ...services, eraseUser: createEraseUser({ ...services, ...parts }) }
}

/** How tokens are checked and, where only this machine can connect, how newcomers get some. */
const createAuth = ({ auth, dataDir }: Config, { clock, log }: Machine) => {
  const isDevelopment = auth.secret === undefined && auth.jwksUrl === undefined
  const secret = isDevelopment ? developmentSecret(dataDir) : auth.secret
  const sign = (userId: string, role: Role, name: string) => (): Promise<string> =>
    signToken({ ...auth, secret: secret ?? '', userId, role, name, ttlSeconds: DEVELOPMENT_TTL_S, clock })
  return {
    authenticate: createAuthenticate({ ...auth, secret, clock, log }),
    tokens: isDevelopment
      ? {
          customer: sign('alice', 'CUSTOMER', 'Alice'),
          agent: sign('bob', 'AGENT', 'Bob'),
          backend: sign('shop', 'BACKEND', 'Shop'),
        }
      : undefined,
  }
}

/** Deletes what has had its time, one feature after the other. */
const prune =
  ({ notifications, tickets }: Services) =>
  async (): Promise<void> => {
    await notifications.prune()
    await tickets.prune()
  }

const linksTo = (url: string): App['links'] => [
  { title: 'GraphiQL as customer alice', url: `${url}?as=customer` },
  { title: 'GraphiQL as agent bob', url: `${url}?as=agent` },
  { title: 'GraphiQL as your backend', url: `${url}?as=backend` },
]

const openStorage = ({ postgres, databaseFile, redis }: Config): Promise<Storage> =>
  postgres
    ? openPostgresStorage({ ...postgres, isAlone: redis === undefined })
    : openSqliteStorage({ file: databaseFile })

/** Starts everything in its order. What was started is released when a later part fails. */
export const startApp = async (config: Config, machine: Machine): Promise<App> => {
  const { clock, log } = machine
  const closing = createClosing()
  try {
    const storage = await openStorage(config)
    closing.add('storage', storage.close)
    const busStats = createBusStats()
    const commandTally = createCommandTally()
    const shared = config.redis
      ? await share({ ...config, redis: config.redis }, { ...machine, storage, busStats, closing })
      : shareNothing(config, { ...machine, storage })
    const { positions } = shared
    closing.add('positions', positions.close)
    const bus = createBus({ ...shared, clock, log, stats: busStats })
    closing.add('bus', bus.close)
    // Its last changes are told on the bus.
    closing.add('ticket rooms', shared.closeRooms)
    closing.add('audit', openAudit({ bus, storage, ...machine }))
    const services = createServices({ config, storage, bus, ...shared, ...machine })
    closing.add('presence', services.presence.close)
    await services.presence.live
    const { sweep } = services.notifications
    closing.add(
      'sweep',
      repeat(clock, SWEEP_MS, sweep, (err) => log.error({ err }, 'the sweep failed')),
    )
    closing.add(
      'retention',
      repeat(clock, PRUNE_MS, prune(services), (err) => log.error({ err }, 'could not delete what has had its time')),
    )
    const schema = createSchema()
    const { authenticate, tokens } = createAuth(config, machine)
    const server = await openServer({
      ...config.server,
      ...machine,
      schema,
      services,
      bus,
      busStats,
      readHead: createReadHead(storage),
      commandTally,
      positions,
      authenticate,
      graphiql: config.server.graphiql ? { tokens } : undefined,
      checks: { database: storage.ping, ...(config.redis && { redis: bus.ping }), ...shared.checks },
      onConnectionClosed: services.tickets.leaveAll,
    })
    closing.add('server', server.close)
    // Before clients are asked to go, and, when it closes, once more for what they acknowledged meanwhile.
    closing.add('positions before the drain', () =>
      positions.store().catch((err: unknown) => log.warn({ err }, 'could not store positions before the drain')),
    )
    const ingress = await shared.openIngress({ schema, services, tally: commandTally })
    closing.add('ingress', ingress.close)
    const links = tokens && config.server.graphiql ? linksTo(server.url) : []
    return { url: server.url, links, close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}
