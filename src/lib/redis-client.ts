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
