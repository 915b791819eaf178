import { createServer } from 'node:http'
import type { GraphQLSchema } from 'graphql'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Revocations } from '../auth/revocations.ts'
import type { Bus } from '../bus/bus.ts'
import type { BusStats } from '../bus/bus-stats.ts'
import { tryInternals } from '../delivery/try-internals.ts'
import type { Internals } from '../delivery/ws-internals.ts'
import type { Services } from '../graphql/context.ts'
import { createCosts } from '../graphql/cost.ts'
import { createDocuments } from '../graphql/documents.ts'
import { createMaskError } from '../graphql/errors.ts'
import { createPolicy } from '../graphql/policy.ts'
import type { HandOffStats } from '../handoff/handoff.ts'
import type { TrustedProxies } from '../lib/client-address.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { createTimeLimiter } from '../lib/limiter.ts'
import { explainListenError } from '../lib/listen-error.ts'
import type { Log } from '../lib/log.ts'
import { createOnceAMinute } from '../lib/once-a-minute.ts'
import type { PeerWorkers } from '../lib/peer-workers.ts'
import type { Checkpoints } from '../resume/checkpoints.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import { createAdmission } from './admission.ts'
import { createBudgets } from './budgets.ts'
import { createOnClientError } from './client-errors.ts'
import { createConnections } from './connections.ts'
import { createPages, type DemoOptions } from './development-pages.ts'
import { createOpenStream } from './distinct-streams.ts'
import type { GraphiQLOptions } from './graphiql/graphiql.ts'
import { type Checks, createHealth, createProbe } from './health.ts'
import { createHeldBytes } from './held-bytes.ts'
import { createHttp } from './http.ts'
import { createIdentify } from './identify.ts'
import { originOf, startListening } from './listen.ts'
import { createAnswerMetrics } from './metrics/answer-metrics.ts'
import { createMetrics } from './metrics/metrics.ts'
import { createOperations } from './operations.ts'
import { createAllowsOrigin } from './origins.ts'
import { createRefusals } from './refusals.ts'
import { createServerStats } from './server-stats.ts'
import { createSessions } from './session.ts'
import { createSingleRequests } from './single-requests.ts'
import { countedNames, type TrustOptions, trustOf } from './trust.ts'
import { createUpgrade } from './websocket.ts'
import { createGraphQLHandler } from './yoga.ts'

export interface ServerOptions {
  readonly schema: GraphQLSchema
  /** What resolvers call. Its `limits` bind clients, too. */
  readonly services: Services
  readonly authenticate: Authenticate
  /** The tokens that are refused although they have not expired. Left out: none. */
  readonly revocations?: Pick<Revocations, 'isRevoked' | 'watch'> | undefined
  readonly bus: Bus
  /** Reads the newest revision of streams from the store. */
  readonly readHead: ReadHead
  /** `Histories.renew`. */
  readonly renewHistory: (gone: string) => Promise<void>
  /** Counters of the bus, for the metrics. */
  readonly busStats: BusStats
  /** Counts commands from Redis by outcome, for the metrics. */
  readonly commandCounter: Counter
  /** What was handed off to the backend, for the metrics. Left out: nothing. */
  readonly handOffStats?: HandOffStats | undefined
  /** The checkpoints of subscriptions whose clients may come back. */
  readonly checkpoints: Checkpoints
  readonly host: string
  /** The port to listen on; 0 for any free port. */
  readonly port: number
  /** Whether only processes of this machine can connect. */
  readonly isLoopback: boolean
  /** Origins that pages may come from. Undefined: the server's own and, on loopback, any of this machine. */
  readonly origins: readonly string[] | undefined
  /** The proxies that are believed when they say where a request comes from; undefined: none. */
  readonly trustedProxies?: TrustedProxies | undefined
  readonly introspection: boolean
  /** Trusted documents, and the roles that may use no others; undefined: all clients may send any document. */
  readonly trust?: TrustOptions | undefined
  /** The GraphiQL page; undefined: there is none. */
  readonly graphiql?: GraphiQLOptions | undefined
  /** The demo and the start page; undefined: there are none. */
  readonly demo?: DemoOptions | undefined
  /** Checks of the parts that Herald needs, for `/ready` and the metrics. */
  readonly checks: Checks
  readonly isProduction: boolean
  /** The bearer token for `/metrics`. Undefined: processes of this machine may read them; in production nobody may. */
  readonly metricsToken: string | undefined
  /** Called with the id of a socket or stream that is closed: everything that belongs to it can end. */
  readonly onConnectionClosed: (connectionId: string) => void
  /** Over how many milliseconds clients are asked to go, one after the other, when the server closes. */
  readonly drainMs: number
  /** The peer workers whose metrics are served together with those of this process. */
  readonly peerWorkers?: PeerWorkers | undefined
  /** Which internals of `ws` and Node work here. Left out: they are tried at the start. */
  readonly internals?: Internals | undefined
  readonly clock: Clock
  readonly log: Log
}

/** A server that accepts connections. */
export interface OpenServer {
  /**
   * The address of the GraphQL endpoint, such as `http://localhost:4000/graphql`. For WebSockets, it begins with `ws` instead of `http`.
   */
  readonly url: string
  /** Closes the server: it is no longer ready, accepts no more sockets, and asks all clients to go. Resolves when all are gone. */
  close(): Promise<void>
}

const PATH = '/graphql'
const LAST_ANSWERS_MS = 1_000
/** How long requests that came at the same moment are begun before other work has its turn, in milliseconds. */
const TURN_MS = 5
/** How often Node looks for requests that take too long to come in, in milliseconds. */
const CHECK_MS = 1_000
/**
 * How long an idle connection is kept, in milliseconds. Load balancers keep one for a minute, usually. If Herald closed it first, a request
 * could be sent just then.
 */
const KEEP_ALIVE_MS = 75_000

/** Makes all handlers of the server; nothing listens yet. */
function createHandlers(options: ServerOptions & { readonly internals: Internals }, isDraining: () => boolean) {
  const { schema, services, introspection, trust, metricsToken, isProduction, clock, log } = options
  const stats = createServerStats()
  const probe = createProbe(options.checks, clock)
  const maskError = createMaskError({ log, hints: introspection, onError: stats.errors.add })
  const policy = createPolicy({ schema, limits: services.limits, introspection })
  const { pageSize, operationCost } = services.limits
  const costs = createCosts({ schema, pageSize })
  const trusted = trust && trustOf(trust, { policy, costs, operationCost }, log)
  const documents = createDocuments(policy, trusted)
  const names = new Set(countedNames(trusted))
  const refusals = createRefusals(createOnceAMinute(clock, log), options.origins)
  const heldBytes = createHeldBytes({ limits: services.limits, rejects: stats.rejects })
  const shared = {
    ...options,
    heldBytes,
    takeTurn: createTimeLimiter(TURN_MS).takeLong,
    ...createBudgets({ ...options, stats, refusals }),
    path: PATH,
    isDraining,
    maskError,
    stats,
    probe,
    operations: createOperations({
      ...options,
      limits: services.limits,
      documents,
      costs,
      maskError,
      counts: stats.operations,
      onTrusted: (name) => stats.trusted.add(names.has(name) ? name : 'other'),
    }),
    connections: createConnections(clock, log),
    sessions: createSessions({
      ...options,
      isRevoked: options.revocations?.isRevoked ?? (() => false),
      presence: services.presence,
      heldBytes,
      socketsPerUser: services.limits.socketsPerUser,
      rejects: stats.rejects,
    }),
    allowsOrigin: createAllowsOrigin(options),
    refusals,
  }
  for (const { document } of trusted?.documents.all() ?? []) shared.operations.compile(schema, document)
  const admission = createAdmission({ ...shared, limits: services.limits })
  const upgrade = createUpgrade({ ...shared, admission })
  const openStream = createOpenStream({ ...shared, streamsPerConnection: services.limits.subscriptionsPerSocket })
  const singleRequests = createSingleRequests(shared)
  const graphql = createGraphQLHandler({ ...shared, identify: createIdentify(shared), openStream, singleRequests })
  const http = createHttp({
    ...shared,
    health: createHealth(shared),
    metrics: createAnswerMetrics({
      metrics: createMetrics({
        ...shared,
        deliveryStats: shared.operations.stats,
        handshakes: admission.handshakes,
        presence: services.presence,
      }),
      token: metricsToken,
      isProduction,
    }),
    graphql,
    ...createPages(PATH, options),
  })
  return { upgrade, http, onClientError: createOnClientError(shared), connections: shared.connections }
}

/** Starts a server; resolves once it listens. Rejects with a StartError when the port cannot be had. */
export async function openServer(options: ServerOptions): Promise<OpenServer> {
  const { host, drainMs, services, clock, log } = options
  const { limits } = services
  const internals = options.internals ?? (await tryInternals(log))
  let draining: Promise<void> | undefined
  const { upgrade, http, onClientError, connections } = createHandlers(
    { ...options, internals },
    () => draining !== undefined,
  )

  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      connectionsCheckingInterval: CHECK_MS,
      // Other upgrades, such as to HTTP/2, are offers that can be left alone.
      shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
    },
    http,
  )
  const unwatch = options.revocations?.watch(connections.recheck)
  server.on('upgrade', upgrade)
  // Node would answer both without a body, and without the CORS headers that let pages read the answer.
  server.on('clientError', onClientError)
  server.on('checkExpectation', http)
  // Node would ask for the body before the head was checked.
  server.on('checkContinue', http)

  const drain = async (): Promise<void> => {
    // Requests are served meanwhile: a load balancer needs time to notice that this server is not ready.
    await connections.drain(drainMs)
    const stopped = new Promise<void>((resolve) => server.close(() => resolve()))
    // Requests that are being answered may finish, if they do it soon.
    const cancel = clock.after(LAST_ANSWERS_MS, () => server.closeAllConnections())
    await stopped
    cancel()
    unwatch?.()
  }

  const address = await startListening(server, options, options.peerWorkers !== undefined).catch(
    async (error: unknown) => {
      await connections.drain(0)
      throw explainListenError(error, options)
    },
  )
  server.on('error', (err) => log.error({ err }, 'the server failed'))

  return {
    url: `${originOf(host, address)}${PATH}`,
    close: () => {
      draining ??= drain()
      return draining
    },
  }
}
