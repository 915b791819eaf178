import type { TestProject } from 'vitest/node'
import { openChromium } from './chromium.ts'
import { dropDatabases, makeTemplate, type PostgresHost } from './postgres-databases.ts'
import { openPostgresServer } from './postgres-server.ts'
import { openRedis } from './redis.ts'
import { openRedisCluster } from './redis-cluster.ts'
import type { Setup } from './setups.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** How Herald is run. */
    readonly setup: Setup
    /** URL of the Redis that all tests of a run share; only prefixes keep them apart. */
    readonly redis: string
    /** The same of a Redis Cluster. Only where the set-up has one. */
    readonly redisCluster: string
    /** Only where the set-up has Postgres. */
    readonly postgres: PostgresHost
    /** Where tests connect to the Chromium of this run. Only where the set-up has a browser. */
    readonly chromium: string
  }
}

type Close = () => Promise<unknown>

/** The Postgres of TEST_DATABASE_URL, or one that is started for this run. */
async function startPostgres({ provide }: TestProject): Promise<Close> {
  const url = process.env['TEST_DATABASE_URL']
  const server = url ? undefined : await openPostgresServer()
  const host = await makeTemplate(url ?? server?.url ?? '')
  provide('postgres', host)
  return async () => {
    await dropDatabases(host)
    await server?.close()
  }
}

/** The Redis of TEST_REDIS_URL, or one that is started for this run. */
async function startRedis({ provide }: TestProject): Promise<Close> {
  const url = process.env['TEST_REDIS_URL']
  const server = url ? undefined : await openRedis()
  provide('redis', url ?? server?.url ?? '')
  return async () => {
    await server?.close()
  }
}

async function startRedisCluster({ provide }: TestProject): Promise<Close> {
  const cluster = await openRedisCluster()
  provide('redisCluster', cluster.url)
  return cluster.close
}

async function startChromium({ provide }: TestProject): Promise<Close> {
  const browser = await openChromium()
  provide('chromium', browser.wsEndpoint())
  return () => browser.close()
}

/** One server of each kind for all tests of a run. Those that take time only where a project of this run needs them. */
export async function setup(project: TestProject): Promise<Close> {
  const needs = (isSo: (setup: Setup) => boolean): boolean =>
    project.vitest.projects.some(({ config }) => config.provide.setup && isSo(config.provide.setup))
  const open: Close[] = [await startRedis(project)]
  if (needs(({ redis }) => redis === 'cluster')) open.push(await startRedisCluster(project))
  if (needs(({ database }) => database === 'postgres')) open.push(await startPostgres(project))
  if (needs(({ browser }) => browser === true)) open.push(await startChromium(project))
  return () => Promise.all(open.map((close) => close()))
}
