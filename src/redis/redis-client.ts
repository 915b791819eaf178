import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisAddress } from '../lib/address.ts'
import { type Backoff, backoffMs } from '../lib/backoff.ts'

/** The address of a Redis, and the certificates to check it with. */
export interface RedisTarget {
  readonly address: RedisAddress
  /** Certificates of authorities (PEM), with which the certificate of the server is checked. Left out: those of Node.js. */
  readonly ca?: string | undefined
}

export interface RedisClientOptions extends RedisTarget {
  /** The name of the connection, which `CLIENT LIST` shows. */
  readonly name: string
}

/** A client for commands: of one server, of the master that Sentinels name, or of a Redis Cluster. */
export type RedisCommands = Redis | Cluster

/** The timeout of connecting, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000
/** How long closing a connection waits for the other side, in milliseconds. */
const DISCONNECT_TIMEOUT_MS = 100
/** The timeout of a command, in milliseconds. A command without an answer may have been executed. */
const COMMAND_TIMEOUT_MS = 2_000
const RETRY: Backoff = { firstMs: 100, maxMs: 2_000 }
const LEAVE_EVERY_MS = 1_000
/** The timeout of a first connection, in milliseconds: a cluster may answer, but not be complete. */
const START_TIMEOUT_MS = 10_000

/** The options of ioredis, without `replyMapping`, which changes the types of replies. */
type Settings = Omit<RedisOptions, 'replyMapping'>

function connection({ address, ca, name }: RedisClientOptions): Settings {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.isTls ? { tls: ca === undefined ? {} : { ca } } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    connectionName: name,
  }
}

const commands = {
  commandTimeout: COMMAND_TIMEOUT_MS,
  socketTimeout: COMMAND_TIMEOUT_MS,
  autoResendUnfulfilledCommands: false,
  // ioredis would leave its rejection unhandled, and that ends the process.
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
} satisfies Settings

/**
 * Returns a function that says whether to connect again after an error: when the server has become a replica, at most once a second. A new
 * connection may find the new master.
 */
function leaveReplica(): (error: Error) => boolean {
  let leftAt = Number.NEGATIVE_INFINITY
  return ({ message }) => {
    if (!message.startsWith('READONLY') || performance.now() - leftAt < LEAVE_EVERY_MS) return false
    leftAt = performance.now()
    return true
  }
}

function viaSentinels(target: RedisClientOptions): Settings {
  const { address } = target
  const { tls } = connection(target)
  return {
    sentinels: address.hosts.map((host) => ({ ...host })),
    name: address.masterName,
    sentinelCommandTimeout: COMMAND_TIMEOUT_MS,
    ...(address.sentinelUsername === undefined ? {} : { sentinelUsername: address.sentinelUsername }),
    ...(address.sentinelPassword === undefined ? {} : { sentinelPassword: address.sentinelPassword }),
    ...(tls ? { sentinelTLS: tls, enableTLSForSentinelMode: true } : {}),
  }
}

/** Makes a client write all commands of one turn of the event loop at once, because the write is most of what a command costs. */
function writeTogether(client: Redis): void {
  const send = client.sendCommand.bind(client)
  let corked: Redis['stream'] | undefined
  client.sendCommand = (command, stream) => {
    if (corked === undefined && client.status === 'ready') {
      corked = client.stream
      corked.cork()
      process.nextTick(() => {
        corked?.uncork()
        corked = undefined
      })
    }
    return send(command, stream)
  }
}

/**
 * A client of one server, or of the master that Sentinels name, which is not connected yet. It queues no commands: one that cannot be sent
 * now is rejected. Errors need no listener, because commands and `connect` reject, too.
 */
export function createRedisClient(target: RedisClientOptions, options: Settings = {}): Redis {
  const { kind, hosts, database } = target.address
  const where = kind === 'sentinel' ? viaSentinels(target) : { ...hosts[0] }
  const client = new Redis({ ...connection(target), ...where, db: database, enableOfflineQueue: false, ...options })
  client.on('error', () => {})
  writeTogether(client)
  return client
}

/**
 * Makes a cluster client reject commands while the cluster is away. Its own queue cannot be used for that, since it has no bound. It cannot
 * be turned off either: then a second command would be refused while the connection for the first one is made.
 */
function rejectWhileAway(client: Cluster): void {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream, node) => {
    // The client itself asks for the state of the cluster before it is ready.
    if (client.status === 'ready' || command.name === 'cluster') return send(command, stream, node)
    command.reject(new Error('The Redis Cluster is away.'))
    return command.promise
  }
}

/** A client of a Redis Cluster, not connected yet. It finds the server of each command by its first key, and follows slots that move. */
function createClusterClient(target: RedisClientOptions): Cluster {
  const client = new Cluster(
    target.address.hosts.map((host) => ({ ...host })),
    {
      lazyConnect: true,
      // A command that may have been executed is not sent again.
      retryDelayOnFailover: 0,
      clusterRetryStrategy: (times) => backoffMs(RETRY, times - 1),
      slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
      // Hosts are not replaced by addresses, because certificates are for names.
      dnsLookup: (host, callback) => callback(null, host),
      redisOptions: { ...connection(target), ...commands },
    },
  )
  client.on('error', () => {})
  rejectWhileAway(client)
  return client
}

/**
 * Connects a client for commands, which reconnects by itself. Rejects when Redis cannot be reached now. A command that cannot be sent, or
 * has no answer when the connection breaks, is rejected and never sent again. A connection that does not answer a command in 2 seconds is
 * replaced. Subscriptions to channels are not made again on a new connection.
 */
export async function openCommandClient(target: RedisClientOptions): Promise<RedisCommands> {
  const client =
    target.address.kind === 'cluster'
      ? createClusterClient(target)
      : createRedisClient(target, { ...commands, reconnectOnError: leaveReplica() })
  const failed = Promise.withResolvers<never>()
  const deadline = setTimeout(() => failed.reject(new Error('it is not ready')), START_TIMEOUT_MS)
  let reason: unknown
  client.once('sentinelError', (error) => {
    reason = error
  })
  client.once('error', failed.reject)
  try {
    await Promise.race([client.connect(), failed.promise])
    return client
  } catch (error) {
    client.disconnect()
    throw reason ?? error
  } finally {
    clearTimeout(deadline)
  }
}
