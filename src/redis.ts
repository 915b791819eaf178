import { readFileSync } from 'node:fs'
import { type Config, ConfigError } from './config.ts'
import { explainRedisError, openCommandClient, type RedisCommands, type RedisTarget } from './lib/redis-client.ts'

/** The Redis of the configuration, connected. */
export interface OpenRedis {
  readonly target: RedisTarget
  readonly client: RedisCommands
  /** Throws the ConfigError that says why this Redis cannot be used. */
  refuse(error: unknown): never
}

const readCa = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new ConfigError([`REDIS_CA_FILE cannot be read (${error instanceof Error ? error.message : error}).`])
  }
}

/** Connects to the Redis of the configuration as `name`. Throws a ConfigError when it cannot be used. */
export const openRedis = async (redis: NonNullable<Config['redis']>, name: string): Promise<OpenRedis> => {
  const refuse = (error: unknown): never => {
    throw new ConfigError([`REDIS_URL: Redis cannot be used (${explainRedisError(error, redis.address)}).`])
  }
  const target = { address: redis.address, ca: redis.caFile && readCa(redis.caFile) }
  const client = await openCommandClient({ ...target, name }).catch(refuse)
  return { target, client, refuse }
}
