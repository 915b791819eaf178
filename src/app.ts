import { createAuthenticate } from './auth/authenticate.ts'
import { developmentSecret } from './auth/development-secret.ts'
import { signToken } from './auth/sign-token.ts'
import { createBus } from './bus/bus.ts'
import { openLocalLink } from './bus/local-link.ts'
import type { Config } from './config.ts'
import { createEvents } from './events/events.ts'
import type { Erasure, Services } from './graphql/context.ts'
import { createSchema } from './graphql/schema.ts'
import type { Clock } from './lib/clock.ts'
import { createClosing } from './lib/closing.ts'
import { newEpoch } from './lib/ids.ts'
import type { Log } from './lib/log.ts'
import { repeat } from './lib/repeat.ts'
import { createNotifications } from './notifications/notifications.ts'
import { createMemoryPresenceLeases } from './presence/memory-presence-leases.ts'
import { createPresence } from './presence/presence.ts'
import { openServer } from './server/server.ts'
import { openSqliteStorage } from './storage/sqlite-storage.ts'
import type { Storage } from './storage/storage.ts'
import { createMemoryTicketRooms } from './tickets/memory-ticket-rooms.ts'
import { createTickets } from './tickets/tickets.ts'

/** What a process lives on. */
export interface Machine {
  readonly clock: Clock
  readonly log: Log
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

/** Removes a user from every feature in one transaction, then tells their devices and closes their sockets. */
const createEraseUser =
  ({ storage, notifications, tickets, presence, clock }: Omit<Services, 'eraseUser'> & Machine & { storage: Storage }) =>
  async (userId: string): Promise<Erasure> => {
    const [inbox, messages] = await storage.write(async (tx) => {
      await presence.erase(tx, userId)
      return [await notifications.erase(tx, userId), await tickets.erase(tx, userId)] as const
    })
    inbox.tell()
    messages.tell()
    await presence.disconnect(userId, 'This user was erased.')
    return { notifications: inbox.count, messages: messages.count, at: clock.now() }
  }

type Parts = { readonly config: Config; readonly storage: Storage; readonly bus: Bus } & Machine

/** The features, each with the mechanisms and the functions of other features that it needs. */
const createServices = ({ config: { limits, typing, presenceGraceMs }, ...parts }: Parts): Services => {
  const notifications = createNotifications({ ...parts, limits })
  const rooms = createMemoryTicketRooms()
  const tickets = createTickets({ ...parts, limits, typing, rooms })
  const events = createEvents({ ...parts, limits, requireAudience: tickets.requireAudience, guardAccess: tickets.guardAccess })
  const leases = createMemoryPresenceLeases({ clock: parts.clock, graceMs: presenceGraceMs })
  const presence = createPresence({ ...parts, limits, leases })
  const services = { notifications, tickets, events, presence, limits, typing }
  return { ...services, eraseUser: createEraseUser({ ...services, ...parts }) }
}

/** Without a configured key, a secret of this machine's own; loadConfig has made sure that nobody else can connect. */
const resolveAuth = ({ auth, dataDir }: Config): Config['auth'] & { readonly isDevelopment: boolean } => {
  const isDevelopment = auth.secret === undefined && auth.jwksUrl === undefined
  return { ...auth, secret: isDevelopment ? developmentSecret(dataDir) : auth.secret, isDevelopment }
}

/** Starts everything in its order. What was started is released when a later part fails. */
export const startApp = async (config: Config, { clock, log }: Machine): Promise<App> => {
  const closing = createClosing()
  try {
    const storage = await openSqliteStorage({ file: config.databaseFile })
    closing.add('storage', storage.close)
    const bus = createBus({ openLink: openLocalLink, clock, log })
    closing.add('bus', bus.close)
    const services = createServices({ config, storage, bus, clock, log })
    closing.add('presence', services.presence.close)
    const sweep = repeat(clock, SWEEP_MS, services.notifications.sweep, (err) => log.error({ err }, 'the sweep failed'))
    closing.add('sweep', sweep)
  } catch (error) {
    await closing.close()
    throw error
  }
}
