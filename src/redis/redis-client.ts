import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { RedisAddress } from '../lib/address.ts'
import { type Backoff, backoffMs } from '../lib/backoff.ts'

/** Which Redis, and how it is known to be the right one. */
export interface RedisTarget {
  readonly address: RedisAddress
  /** Certificates (PEM) to check that of the server with; those of Node.js when left out. */
  readonly ca?: string | undefined
}

export interface RedisClientOptions extends RedisTarget {
  /** Shown by `CLIENT LIST`. */
  readonly name: string
}

/** A client for commands, whatever is behind it. */
export type RedisCommands = Redis | Cluster

/** An attempt to connect that takes longer has failed, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000
/** A connection that is given up is torn down after this, even when the other side says nothing. */
const DISCONNECT_TIMEOUT_MS = 100
/** A command without an answer after this has failed, in milliseconds. It may have been executed. */
const COMMAND_TIMEOUT_MS = 2_000
const RETRY: Backoff = { firstMs: 100, maxMs: 2_000 }
const LEAVE_EVERY_MS = 1_000
/** A start without Redis has failed after this, in milliseconds: a cluster may be there, but not complete. */
const START_TIMEOUT_MS = 10_000

/** Options of ioredis, without the one that changes the types of replies. */
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
  // Where it fails, nobody would be told, and the process would end.
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
} satisfies Settings

/** A server that has become a replica is left once a second at most: the name or the Sentinels may know the new master by then. */
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

/** What is sent in one turn of the event loop is written at once: a write is most of what a command costs. */
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
 * A client of one server, or of the master that Sentinels know, which is not connected yet. It keeps no command for later: what cannot be
 * sent now is rejected. Its errors need no listener, because commands and `connect` reject too.
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
 * Makes a cluster client reject what it is asked while the cluster is away. Its own queue has no end, and without it a second
 * command would be refused while the connection that the first one needs is made.
 */
function rejectWhileAway(client: Cluster): void {
  const send = client.sendCommand.bind(client)
  client.sendCommand = (command, stream, node) => {
    // It asks itself how the cluster is before it is ready.
    if (client.status === 'ready' || command.name === 'cluster') return send(command, stream, node)
    command.reject(new Error('The Redis Cluster is away.'))
    return command.promise
  }
}

/** A client of a cluster, which finds the server of each command by its first key, and follows slots that move. */
function createClusterClient(target: RedisClientOptions): Cluster {
  const client = new Cluster(
    target.address.hosts.map((host) => ({ ...host })),
    {
      lazyConnect: true,
      // A command that may have been executed is not sent again.
      retryDelayOnFailover: 0,
      clusterRetryStrategy: (times) => backoffMs(RETRY, times - 1),
      slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
      // Names are kept, because certificates are of names.
      dnsLookup: (host, callback) => callback(null, host),
      redisOptions: { ...connection(target), ...commands },
    },
  )
  client.on('error', () => {})
  rejectWhileAway(client)
  return client
}

/**
 * Connects a client for commands, which connects again by itself. A command that cannot be sent, or has no answer when the connection
 * breaks, is rejected and never sent again. A connection that says nothing to a command is replaced. What it was subscribed to is not
 * subscribed to again.
 * Rejects when Redis cannot be reached now.
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
