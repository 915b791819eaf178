import { readFileSync } from 'node:fs'
import type { RedisAddress } from '../lib/address.ts'
import { StartError } from '../lib/start-error.ts'
import { openCommandClient, type RedisCommands, type RedisTarget } from './redis-client.ts'
import { explainRedisError } from './redis-errors.ts'

/** The Redis of the configuration: `REDIS_URL` and `REDIS_CA_FILE`. */
export interface RedisStartOptions {
  readonly address: RedisAddress
  /** A file with certificates of authorities, with which the certificate of Redis is checked. Undefined: those of Node.js. */
  readonly caFile: string | undefined
}

/** A connected client of the configured Redis. */
export interface OpenRedis {
  readonly target: RedisTarget
  readonly client: RedisCommands
  /** Throws a StartError that explains why this Redis cannot be used, for an error of a later step of the start. */
  refuse(error: unknown): never
}

const OLDEST = 7

function readCa(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new StartError(
      `REDIS_CA_FILE cannot be read (${error instanceof Error ? error.message : error}). Set it to a file with certificates.`,
    )
  }
}

/**
 * Throws a StartError when Redis is older than version 7. Valkey reports a version of Redis, too. Passes when the user may not ask for it.
 */
async function requireVersion(client: RedisCommands): Promise<void> {
  const info = await client.info('server').catch(() => '')
  const version = info.match(/redis_version:(\S+)/)?.[1]
  if (version === undefined || Number.parseInt(version, 10) >= OLDEST) return
  throw new StartError(
    `REDIS_URL: Redis is version ${version}, and Herald needs ${OLDEST}.0 or newer. Update it, or set another REDIS_URL.`,
  )
}

/** Connects to the Redis of the configuration as `name`. Throws a StartError when it cannot be used. */
export async function openRedis(redis: RedisStartOptions, name: string): Promise<OpenRedis> {
  const refuse = (cause: unknown): never => {
    if (cause instanceof StartError) throw cause
    const { reason, remedy, mayPass } = explainRedisError(cause, redis.address)
    throw new StartError(`REDIS_URL: Redis cannot be used (${reason}). ${remedy}`, { mayPass, cause })
  }
  const target = { address: redis.address, ca: redis.caFile && readCa(redis.caFile) }
  const client = await openCommandClient({ ...target, name }).catch(refuse)
  await requireVersion(client).catch((error: unknown) => {
    client.disconnect()
    throw error
  })
  return { target, client, refuse }
}
