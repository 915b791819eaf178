import { createAuthenticate } from './auth/authenticate.ts'
import { openRevocations, type Revocations } from './auth/revocations.ts'
import { createRevoke } from './auth/revoke.ts'
import { type Bus, createBus } from './bus/bus.ts'
import { linksTo, openCast, secretOf } from './cast.ts'
import { addChores } from './chores.ts'
import type { Config } from './config.ts'
import { type Histories, openAudit, openHistories } from './delivery/audit.ts'
import type { Internals } from './delivery/ws-internals.ts'
import { createEvents } from './events/events.ts'
import type { Services } from './graphql/context.ts'
import { createEraseUser } from './graphql/erase-user.ts'
import { createSchema } from './graphql/schema.ts'
import type { Handoff } from './handoff/handoff.ts'
import { createCommandCounter } from './ingress/ingress.ts'
import type { Clock } from './lib/clock.ts'
import { type CloseStack, createCloseStack } from './lib/close-stack.ts'
import type { Log } from './lib/log.ts'
import type { PeerWorkers } from './lib/peer-workers.ts'
import { retryStart } from './lib/start-error.ts'
import { createNotifications } from './notifications/notifications.ts'
import { openConfiguredHandoff } from './open-handoff.ts'
import { createPreferences } from './preferences/preferences.ts'
import { createPresence } from './presence/presence.ts'
import { type Checkpoints, openCheckpoints } from './resume/checkpoints.ts'
import { openServer } from './server/server.ts'
import { readTrustedTexts } from './server/trust.ts'
import { openShared, type Shared } from './shared.ts'
import { openPostgresStorage } from './storage/postgres-storage.ts'
import { openSqliteStorage } from './storage/sqlite-storage.ts'
import type { Storage } from './storage/storage.ts'
import { createReadHead, type ReadHead } from './storage/stream-heads.ts'
import { createTickets } from './tickets/tickets.ts'

/** The surroundings of an app in its process: clock, log and peer workers. */
export interface Machine {
  readonly clock: Clock
  readonly log: Log
  /** The other processes that serve the same port. Undefined when this process is alone. */
  readonly peerWorkers?: PeerWorkers | undefined
  /** Which internals of `ws` and Node can be used. Left out: the start tries them. */
  readonly internals?: Internals | undefined
  /** Stops this Herald and starts it anew, for the demo. Undefined: it cannot be done here. */
  readonly restart?: (() => void) | undefined
}

/** A running Herald. */
export interface App {
  /** The GraphQL endpoint. */
  readonly url: string
  /** Links to GraphiQL with tokens, and to the start page. Empty without development tokens. */
  readonly links: readonly { readonly title: string; readonly url: string }[]
  /** Drains: closes connections one after the other, then releases everything. Resolves when that is done. */
  close(): Promise<void>
}

type Parts = {
  readonly config: Config
  readonly storage: Storage
  readonly bus: Bus
  readonly readHead: ReadHead
  readonly renewHistory: Histories['renew']
  readonly checkpoints: Checkpoints
  readonly revocations: Revocations
} & Shared &
  Machine

/** Creates the features. Each gets the mechanisms, and the functions of other features, that it needs. */
function createServices({ config, ...parts }: Parts): { readonly services: Services; readonly handoff: Handoff } {
  const { limits, typing, retention, auth } = config
  const presence = createPresence({ ...parts, limits, graceMs: config.presenceGraceMs })
  const handoff = openConfiguredHandoff({ ...parts, config, presence })
  const preferences = createPreferences({ ...parts, limits, quietHoursChanged: handoff.quietHoursChanged })
  const notifications = createNotifications({
    ...parts,
    limits,
    retention,
    handOff: handoff.inbox,
    preferences: preferences.inbox,
  })
  const tickets = createTickets({
    ...parts,
    limits,
    typing,
    retention,
    graceMs: config.ticketGraceMs,
    reopenResolved: config.reopenResolved,
    handOff: handoff.tickets,
  })
  const events = createEvents({
    ...parts,
    limits,
    requireAudience: tickets.requireAudience,
    guardAccess: tickets.guardAccess,
  })
  const revoke = createRevoke({ ...parts, maxTokenMs: auth.maxTtlSeconds * 1_000 })
  const services = { notifications, tickets, events, presence, preferences, revoke, limits, typing }
  const eraseUser = createEraseUser({ ...services, ...parts, eraseHandOffs: handoff.erase })
  return { services: { ...services, eraseUser }, handoff }
}

/** Opens the revocations. All that are stored are in force when it resolves. */
async function openAccess(
  { memberships, ...parts }: Pick<Parts, 'storage' | 'bus' | 'memberships' | keyof Machine>,
  closing: CloseStack,
): Promise<Revocations> {
  const countOthers = async (): Promise<number> => (await memberships.stats()).nodes.length - 1
  const revocations = await openRevocations({ ...parts, countOthers })
  closing.add('revocations', revocations.close)
  return revocations
}

function openStorage(
  { postgres, databaseFile, redis }: Config,
  { clock, log, peerWorkers }: Machine,
): Promise<Storage> {
  return postgres
    ? openPostgresStorage({ ...postgres, isAlone: redis === undefined, isNode: true })
    : openSqliteStorage({ file: databaseFile, log, clock, ...(peerWorkers && { onHeld: peerWorkers.heldUp }) })
}

/** Opens the mechanisms that features use. Each is added to `closing`. */
async function openParts(config: Config, machine: Machine, closing: CloseStack): Promise<Parts> {
  const { clock, log } = machine
  const storage = await retryStart(log, () => openStorage(config, machine))
  closing.add('storage', storage.close)
  const shared = await openShared(config, { ...machine, storage, closing })
  const bus = createBus({ ...shared, clock, log, stats: shared.busStats })
  closing.add('bus', bus.close)
  const { resumeTtlMs: ttlMs, limits } = config
  const checkpoints = openCheckpoints({ storage, bus, ...machine, ttlMs, perUser: limits.checkpointsPerUser })
  closing.add('checkpoints', checkpoints.close)
  // Added after the bus, and so closed before it: closing memberships still publishes changes.
  closing.add('memberships', shared.memberships.close)
  const histories = openHistories({ bus, storage, ...machine })
  closing.add('histories', histories.close)
  const renewHistory = histories.renew
  closing.add('audit', openAudit({ bus, storage, ...machine, renewHistory }))
  const revocations = await openAccess({ storage, bus, ...shared, ...machine }, closing)
  const readHead = createReadHead(storage)
  return { config, storage, bus, readHead, renewHistory, checkpoints, revocations, ...shared, ...machine }
}

/** Starts Herald in this process. Resolves when it serves. When a part fails, everything that was started is released, and it rejects. */
export async function startApp(config: Config, machine: Machine): Promise<App> {
  const { log } = machine
  const closing = createCloseStack()
  try {
    const { trusted } = config.server
    const trust = trusted && { texts: readTrustedTexts(trusted.files), only: trusted.only }
    const parts = await openParts(config, machine, closing)
    const { storage, bus, lease, revocations, checkpoints } = parts
    const { services, handoff } = createServices(parts)
    closing.add('tickets', services.tickets.close)
    closing.add('notifications', services.notifications.close)
    closing.add('presence', services.presence.close)
    closing.add('hand-off', handoff.close)
    await services.presence.live
    const pruned = [services.notifications, services.tickets, revocations, handoff]
    addChores(closing, { storage, services, pruned, ...machine })
    const schema = createSchema()
    const secret = secretOf(config)
    const cast = openCast(config, secret, machine.clock)
    const commandCounter = createCommandCounter()
    const database = (): Promise<void> => storage.ping().then(lease.check)
    const server = await openServer({
      ...config.server,
      ...parts,
      schema,
      trust,
      services,
      commandCounter,
      handOffStats: handoff.stats,
      authenticate: createAuthenticate({ ...config.auth, ...machine, secret, isRevoked: revocations.isRevoked }),
      graphiql: config.server.graphiql ? { cast: config.isDevelopment ? cast : undefined } : undefined,
      demo: cast && { cast, isForAll: !config.isDevelopment, restart: machine.restart },
      checks: { database, revocations: revocations.check, ...(config.redis && { redis: bus.ping }), ...parts.checks },
      onConnectionClosed: services.tickets.leaveAll,
    })
    closing.add('server', server.close)
    await parts.serve()
    // Stored before the drain. Closing the checkpoints stores again what clients acknowledge during the drain.
    closing.add('checkpoints before the drain', () =>
      checkpoints.store().catch((err: unknown) => log.warn({ err }, 'could not store checkpoints before the drain')),
    )
    const ingress = await parts.openIngress({ schema, services, counter: commandCounter })
    closing.add('ingress', ingress.close)
    closing.add('readiness', lease.drain)
    return { url: server.url, links: cast ? linksTo(server.url, cast.key, config) : [], close: closing.close }
  } catch (error) {
    await closing.close()
    throw error
  }
}
