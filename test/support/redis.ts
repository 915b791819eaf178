import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, inject, onTestFinished } from 'vitest'
import { parseRedisUrl, type RedisAddress } from '../../src/lib/address.ts'
import { openCommandClient, type RedisCommands } from '../../src/redis/redis-client.ts'
import { freePort } from './proxy.ts'
import { type Opened, openRedisProcess, type RedisProcess } from './redis-server.ts'

/** A Redis of a test's own, without persistence: it is empty when it is started again, on the same port. */
export interface RedisServer extends RedisProcess {
  readonly url: string
}

/** A Redis for the tests of a file. Its URL is there in tests. */
export interface RedisOfFile {
  readonly url: () => string
}

/** Starts a Redis, with further settings. Close it to end it; it also ends when this process does. */
export async function openRedis(...settings: readonly string[]): Promise<Opened<RedisServer>> {
  const port = await freePort()
  return { ...(await openRedisProcess(['--port', String(port), ...settings])), url: `redis://127.0.0.1:${port}` }
}

/** Starts something that ends with the test. */
export async function forTest<Server>(openServer: () => Promise<Opened<Server>>): Promise<Server> {
  const server = await openServer()
  onTestFinished(() => server.close())
  return server
}

/** Starts something before the first test of a file and ends it after the last one. Call it at the top. */
export function forFile(openServer: () => Promise<Opened<{ readonly url: string }>>): RedisOfFile {
  let server: Opened<{ readonly url: string }> | undefined
  beforeAll(async () => {
    server = await openServer()
  })
  afterAll(() => server?.close())
  return { url: () => server?.url ?? '' }
}

/** Starts a Redis that the test may freeze and kill; it ends with the test. */
export function startRedis(...settings: readonly string[]): Promise<RedisServer> {
  return forTest(() => openRedis(...settings))
}

/** The Redis that all tests share, which none may freeze, kill or empty. */
export function useRedis(): RedisOfFile {
  return { url: () => inject('redis') }
}

/** A key prefix that no other test has. */
export function newPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}:`
}

/** What the configuration makes of a URL. */
export function redisAddress(url: string): RedisAddress {
  const address = parseRedisUrl(url)
  if ('mistake' in address) throw new Error(address.mistake)
  return address
}

/** A client of a Redis for a whole test file. */
export function useRedisClient(redis: RedisOfFile): () => RedisCommands {
  let client: RedisCommands | undefined
  beforeAll(async () => {
    client = await openCommandClient({ address: redisAddress(redis.url()), name: 'test' })
  })
  afterAll(() => client?.disconnect())
  return () => client as RedisCommands
}
