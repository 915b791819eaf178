import { inject } from 'vitest'
import type { Environment } from '../../src/config.ts'
import { borrowDatabase } from './databases.ts'
import { newPrefix } from './redis.ts'
import { tempFolder } from './temp.ts'

/**
 * Configuration of a Herald that has nothing yet, in the set-up that this run is about: a database and a part of Redis that no
 * other test has. Who starts with the same again finds everything again.
 */
export async function newEnvironment(): Promise<Environment> {
  const { database, redis } = inject('setup')
  return {
    DATA_DIR: tempFolder(),
    ...(database === 'postgres' && { DATABASE_URL: await borrowDatabase(), DATABASE_POOL_SIZE: '4' }),
    ...(redis && { REDIS_URL: inject(redis === 'cluster' ? 'redisCluster' : 'redis'), REDIS_PREFIX: newPrefix() }),
  }
}
