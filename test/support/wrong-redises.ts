import { inject } from 'vitest'
import { startTestApp } from './app.ts'
import { nodeEnvironment } from './nodes.ts'
import { NOBODYS_PORT } from './proxy.ts'
import { newPrefix } from './redis.ts'
import { tempFolder } from './temp.ts'
import type { Case, Wrong } from './wrong-configurations.ts'
import { takenPort } from './wrong-places.ts'

function awayRedis(): Wrong {
  const port = NOBODYS_PORT
  return {
    env: { REDIS_URL: `redis://127.0.0.1:${port}`, LOG_LEVEL: 'error' },
    sentence: `REDIS_URL: Redis cannot be used (connect ECONNREFUSED 127.0.0.1:${port}; at 127.0.0.1:${port}). Start it, or correct REDIS_URL.`,
  }
}

/** Redises that cannot be used. */
export const REDISES: readonly Case[] = [
  ['a Redis that is not there', awayRedis],
  [
    'a wrong password',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis://herald:hunter2@${host}` },
        sentence: `REDIS_URL: Redis cannot be used (WRONGPASS invalid username-password pair or user is disabled; at ${host}). Correct the name and password in REDIS_URL.`,
      }
    },
  ],
  [
    'one Redis for a cluster',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis+cluster://${host}` },
        sentence: `REDIS_URL: Redis cannot be used (the server belongs to no Redis Cluster, so begin with redis://; at ${host}). Correct REDIS_URL.`,
      }
    },
  ],
  [
    'a number that Redis does not have',
    () => {
      const { host } = new URL(inject('redis'))
      return {
        env: { REDIS_URL: `redis://${host}/99` },
        sentence: `REDIS_URL: Redis cannot be used (ERR DB index is out of range; at ${host}). Correct the number at the end of REDIS_URL.`,
      }
    },
  ],
  [
    'certificates that are not there',
    () => ({
      env: { REDIS_URL: 'rediss://127.0.0.1', REDIS_CA_FILE: '/no/such/file' },
      sentence:
        "REDIS_CA_FILE cannot be read (ENOENT: no such file or directory, open '/no/such/file'). Set it to a file with certificates.",
    }),
  ],
  [
    'a prefix that belongs to another database',
    async () => {
      const { REDIS_URL, REDIS_PREFIX } = nodeEnvironment(inject('redis'))
      await startTestApp({ env: { REDIS_URL, REDIS_PREFIX, DATA_DIR: tempFolder() } })
      return {
        env: { REDIS_URL, REDIS_PREFIX },
        sentence:
          'Herald cannot start with this configuration:\n' +
          `  - The nodes at REDIS_URL with REDIS_PREFIX ${REDIS_PREFIX} use another database. Nodes that share a Redis must share the database, too, whatever number ` +
          `REDIS_URL ends with: correct DATABASE_URL or DATA_DIR, or choose another REDIS_PREFIX. If that database is gone for good, delete the key ${REDIS_PREFIX}epoch.`,
      }
    },
  ],
]

/** The same of several workers, which say it once. */
export const WORKERS: readonly Case[] = [
  [
    'workers whose port is taken',
    async () => {
      const { env, sentence } = await takenPort()
      return { env: { ...env, WORKERS: '2', REDIS_URL: inject('redis'), REDIS_PREFIX: newPrefix() }, sentence }
    },
  ],
  [
    'workers without their Redis',
    async () => {
      const { env, sentence } = await awayRedis()
      return { env: { ...env, WORKERS: '2' }, sentence }
    },
  ],
]
