import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { scrape } from '../support/metrics.ts'
import { NOTIFY, nodeEnvironment, received, until } from '../support/nodes.ts'
import { NOBODYS_PORT } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

interface Readiness {
  readonly status: number
  readonly parts?: Readonly<Record<string, { readonly isUp: boolean; readonly reason?: string }>>
}

async function readiness(app: TestApp): Promise<Readiness> {
  const response = await fetch(new URL('/ready', app.url))
  return { ...(await response.json()), status: response.status }
}

/** A Redis, what can be done to it, and the environment of nodes on it. */
async function open() {
  const redis = await startRedis('--dir', tempFolder())
  const client = new Redis(redis.url)
  onTestFinished(() => client.disconnect())
  const env = { ...nodeEnvironment(redis.url), REDIS_CANARY_MS: '200', REDIS_LEASE_MS: '1500' }
  return { client, env }
}

type Act = (client: Redis) => Promise<unknown>

/** What is in the place of the file that Redis saves to. */
async function obstacle(client: Redis): Promise<string> {
  const [, folder] = (await client.config('GET', 'dir')) as readonly string[]
  return join(folder ?? '', 'dump.rdb')
}

/** Has Redis save everything, and waits for how that ends. */
async function save(client: Redis, outcome: 'ok' | 'err'): Promise<void> {
  await client.bgsave()
  await until(async () => {
    const said = await client.info('persistence')
    return said.includes('rdb_bgsave_in_progress:0') && said.includes(`rdb_last_bgsave_status:${outcome}`)
  })
}

const CASES: readonly (readonly [string, Act, Act, RegExp])[] = [
  [
    'is full',
    (client) => client.config('SET', 'maxmemory', '1'),
    (client) => client.config('SET', 'maxmemory', '0'),
    /^Redis answers, but takes no writes \(it is full\)\.$/,
  ],
  [
    'cannot save',
    async (client) => {
      mkdirSync(await obstacle(client))
      await client.config('SET', 'save', '3600 1000000')
      await save(client, 'err')
    },
    async (client) => {
      rmdirSync(await obstacle(client))
      await save(client, 'ok')
    },
    /^Redis answers, but takes no writes \(.*\)\.$/,
  ],
  [
    'has become a replica',
    async (client) => client.replicaof('127.0.0.1', NOBODYS_PORT),
    (client) => client.replicaof('NO', 'ONE'),
    /^Messages do not pass through Redis\.$/,
  ],
]

describe.each(CASES)('a Redis that %s', (_, spoil, mend, reason) => {
  test('makes nodes not ready, presence unknown, and all is well when it takes writes again', async () => {
    const { client, env } = await open()
    const app = await startTestApp({ env })
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const added = alice.subscribe('subscription { notificationAdded { title } }')
    await received(added, () => backend.run(NOTIFY, { to: 'alice' }))
    await spoil(client)
    await until(async () => (await readiness(app)).parts?.['redis']?.isUp === false)
    expect(await readiness(app)).toMatchObject({
      status: 503,
      parts: { redis: { reason: expect.stringMatching(reason) } },
    })
    await expect(backend.run('{ connectionCount(userId: "alice") }')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    // Who stores something is received on this node.
    await received(added, () => backend.run(NOTIFY, { to: 'alice' }))
    await mend(client)
    await until(async () => (await readiness(app)).status === 200)
    const count = () => backend.run('{ connectionCount(userId: "alice") }').catch(() => ({ connectionCount: 0 }))
    await until(async () => (await count())['connectionCount'] === 1)
  })

  test('keeps no node from starting, which serves alone until it takes writes again', async () => {
    const { client, env } = await open()
    await (await startTestApp({ env })).close()
    await spoil(client)
    const app = await startTestApp({ env })
    expect(await readiness(app)).toMatchObject({ status: 503, parts: { database: { isUp: true } } })
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const added = alice.subscribe('subscription { notificationAdded { title } }')
    await received(added, () => backend.run(NOTIFY, { to: 'alice' }))
    await mend(client)
    await until(async () => (await readiness(app)).status === 200)
    const count = () => backend.run('{ connectionCount(userId: "alice") }').catch(() => ({ connectionCount: 0 }))
    await until(async () => (await count())['connectionCount'] === 1)
    expect(await client.get(`${env.REDIS_PREFIX}epoch`)).toMatch(/./)
  })
})

test('a Redis that has become a replica is left for whoever has taken its place', async () => {
  const { client, env } = await open()
  const app = await startTestApp({ env })
  await until(async () => (await readiness(app)).status === 200)
  await client.replicaof('127.0.0.1', NOBODYS_PORT)
  const lost = async (): Promise<number> => (await scrape(app)).value('herald_bus_connections_lost_total') ?? 0
  await until(async () => (await lost()) > 0)
  await client.replicaof('NO', 'ONE')
  await until(async () => (await readiness(app)).status === 200)
})
