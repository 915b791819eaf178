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
