import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createAuthenticate } from '../../src/auth/authenticate.ts'
import { createBus } from '../../src/bus/bus.ts'
import { createBusStats } from '../../src/bus/bus-stats.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import type { Services } from '../../src/graphql/context.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { createCounter } from '../../src/lib/counter.ts'
import { DEFAULT_LIMITS, type Limits } from '../../src/lib/limits.ts'
import { createLog } from '../../src/lib/log.ts'
import { openMemoryMemberships } from '../../src/membership/memory-memberships.ts'
import { openCheckpoints } from '../../src/resume/checkpoints.ts'
import { openServer, type ServerOptions } from '../../src/server/server.ts'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { TEST_SECRET } from './app.ts'
import { createSmallSchema, type Stage } from './small-schema.ts'
import { tempFolder } from './temp.ts'
import { createPresence } from './with-bus.ts'

/** The real server with a small schema. */
export interface SmallServer {
  /** The GraphQL endpoint over HTTP. */
  readonly url: string
  /** The same over WebSocket. */
  readonly wsUrl: string
  close(): Promise<void>
  readonly stage: Stage
  readonly services: Services
  /** The log, a line for each entry. */
  readonly lines: readonly Record<string, unknown>[]
  /** Connections that the server said were closed. */
  readonly closed: readonly string[]
}

export type SmallServerOptions = Partial<Omit<ServerOptions, 'schema' | 'services'>> & {
  readonly limits?: Partial<Limits>
}

/** Starts a server on a free port and stops it when the test is over. */
export async function startSmallServer({ limits, ...overrides }: SmallServerOptions = {}): Promise<SmallServer> {
  const lines: Record<string, unknown>[] = []
  const closed: string[] = []
  const log = createLog({
    level: 'debug',
    pretty: false,
    destination: { write: (line) => void lines.push(JSON.parse(line)) },
  })
  const clock = overrides.clock ?? systemClock
  const storage = await openSqliteStorage({ file: join(tempFolder(), 'herald.db'), synchronous: 'OFF' })
  const bus = createBus({ openLink: openLocalLink, clock, log })
  const { schema, stage } = createSmallSchema(bus)
  const checkpoints = openCheckpoints({ storage, bus, clock, log, perUser: 1_000, ttlMs: 600_000 })
  const allLimits = { ...DEFAULT_LIMITS, ...limits }
  const memberships = openMemoryMemberships({ clock, log })
  const presence = createPresence({ storage, bus, clock, log, limits: allLimits, memberships, graceMs: 0 })
  // Resolvers of the small schema call no feature.
  const services = { presence, limits: allLimits } as Services

  const server = await openServer({
    readHead: async () => undefined,
    renewHistory: async () => {},
    schema,
    services,
    bus,
    checkpoints,
    authenticate: createAuthenticate({ secret: TEST_SECRET, clock: systemClock, log }),
    host: '127.0.0.1',
    port: 0,
    isLoopback: true,
    origins: undefined,
    introspection: true,
    busStats: createBusStats(),
    commandCounter: createCounter(),
    checks: {},
    isProduction: false,
    metricsToken: undefined,
    onConnectionClosed: (id) => void closed.push(id),
    drainMs: 0,
    log,
    ...overrides,
    clock,
  })
  onTestFinished(async () => {
    await server.close()
    await presence.close()
    await memberships.close()
    await checkpoints.close()
    await bus.close()
    await storage.close()
  })
  return {
    url: server.url,
    wsUrl: server.url.replace('http', 'ws'),
    close: server.close,
    stage,
    services,
    lines,
    closed,
  }
}
