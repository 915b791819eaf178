import { Redis, type RedisOptions } from 'ioredis'

export interface RedisClientOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  readonly options?: Omit<RedisOptions, 'replyMapping'>
}

/** An attempt to connect that takes longer has failed, in milliseconds. */
const CONNECT_TIMEOUT_MS = 5_000
/** A connection that is given up is torn down after this, even when the other side says nothing. */
const DISCONNECT_TIMEOUT_MS = 100

/**
 * A client that is not connected yet. It keeps no command for later: what cannot be sent now is rejected. Its errors need no
 * listener, because commands and `connect` reject too.
 */
export const createRedisClient = ({ url, name, options }: RedisClientOptions): Redis => {
  const client = new Redis(url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    connectionName: name,
    ...options,
  })
  client.on('error', () => {})
  return client
}

/** A command without an answer after this has failed, in milliseconds. It may have been executed. */
const COMMAND_TIMEOUT_MS = 2_000

/**
 * Connects a client for commands, which connects again by itself. A command that cannot be sent, or has no answer when the connection
 * breaks, is rejected and never sent again. A connection that says nothing to a command is replaced.
 * Rejects when Redis cannot be reached now.
 */
export const openCommandClient = async ({ url, name }: Pick<RedisClientOptions, 'url' | 'name'>): Promise<Redis> => {
  const client = createRedisClient({
    url,
    name,
    options: {
      commandTimeout: COMMAND_TIMEOUT_MS,
      socketTimeout: COMMAND_TIMEOUT_MS,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    },
  })
  let reason: unknown
  client.once('error', (error) => {
    reason = error
  })
  try {
    await client.connect()
    return client
  } catch (error) {
    client.disconnect()
    throw reason ?? error
  }
}
