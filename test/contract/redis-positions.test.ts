import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Positions } from '../../src/delivery/positions.ts'
import { openRedisPositions } from '../../src/delivery/redis-positions.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { openCommandClient } from '../../src/redis/redis-client.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { until } from '../support/nodes.ts'
import { lane, newKey, startOf } from '../support/positions.ts'
import { newPrefix, redisAddress, startRedis, useRedis } from '../support/redis.ts'
import { openStorage } from '../support/storage.ts'

const redis = useRedis()
/** Positions of one script. */
const PER_SCRIPT = 250
const DAY_MS = 24 * 60 * 60 * 1_000

interface NodeOptions {
  readonly url: string
  readonly storage: Storage
  readonly prefix: string
  readonly clock?: ReturnType<typeof createManualClock>
}

const startNode = async ({ url, storage, prefix, clock }: NodeOptions): Promise<Positions> => {
  const client = await openCommandClient({ address: redisAddress(url), name: 'test' })
  onTestFinished(() => client.disconnect())
  const time = clock ? { clock, now: clock.now } : { clock: systemClock }
  const positions = await openRedisPositions({
    ...{ client, prefix, storage, ttlMs: 600_000, perUser: 1_000, log: silentLog() },
    ...time,
  })
  onTestFinished(() => positions.close().catch(() => {}))
  return positions
}

/** A way to Redis that holds back every answer until `release` is called. */
const openHoldingProxy = async (url: string) => {
  const answers: Buffer[] = []
  let isHolding = false
  let asked = 0
  let tail = ''
  let client: Socket | undefined
  const server = createServer((socket) => {
    client = socket
    const upstream = connect(Number(new URL(url).port), '127.0.0.1')
    socket.on('data', (data) => {
      const text = tail + data.toString('latin1')
      asked += text.split('\r\neval\r\n').length - 1
      tail = text.slice(-'\r\neval\r'.length)
      upstream.write(data)
    })
    upstream.on('data', (data) => {
      if (isHolding) answers.push(data)
      else socket.write(data)
    })
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => {
      isHolding = true
      asked = 0
    },
    asked: () => asked,
    release: () => {
      isHolding = false
      for (const answer of answers.splice(0)) client?.write(answer)
    },
  }
}

describe('positions in Redis', () => {
  test('are looked up together: thousands that begin at once wait for Redis once', async () => {
    const proxy = await openHoldingProxy(redis.url())
    const [storage, prefix] = [await openStorage(), newPrefix()]
    const clock = createManualClock()
    const positions = await startNode({ url: proxy.url, storage, prefix, clock })
    const keys = Array.from({ length: 4_000 }, (_, index) => newKey(`user-${index}`))
    // So that what is due at the start has been asked.
    await startOf(positions, newKey(), lane(1))
    proxy.hold()
    const begun = Promise.all(keys.map((key) => startOf(positions, key, lane(3))))
    // Nobody is answered before all are asked for.
    await until(async () => proxy.asked() >= keys.length / PER_SCRIPT)
    proxy.release()
    expect(await begun).toEqual(keys.map(() => ({ revision: 3, isExpired: false })))
    expect(proxy.asked()).toBe(keys.length / PER_SCRIPT)
  })

  test('that end and begin again keep that order, also when Redis has never seen one of the scripts', async () => {
    const server = await startRedis()
    const proxy = await openHoldingProxy(server.url)
    const clock = createManualClock()
    const positions = await startNode({ url: proxy.url, storage: await openStorage(), prefix: newPrefix(), clock })
    const key = newKey()
    const first = await positions.begin(key, lane(1))
    positions.forget(first)
    proxy.hold()
    const stored = positions.store()
    await until(async () => proxy.asked() >= 1)
    const begun = positions.begin(key, lane(5))
    await until(async () => proxy.asked() >= 2)
    proxy.release()
    const held = await begun
    await stored
    positions.acknowledge(held, 7)
    positions.release(held)
    await positions.store()
    expect(await startOf(positions, key, lane(9))).toEqual({ revision: 7, isExpired: false })
  })

  test('that Redis has lost are told again by the nodes that hold them, and the others are announced for a day', async () => {
    const [storage, prefix, clock] = [await openStorage(), newPrefix(), createManualClock()]
    const options = { url: redis.url(), storage, prefix, clock }
    const positions = await startNode(options)
    const [held, released] = [newKey('ada'), newKey('bob')]
    const holding = await positions.begin(held, lane(3))
    positions.release(await positions.begin(released, lane(3)))
    await positions.store()
    positions.acknowledge(holding, 5)

    const admin = new Redis(redis.url())
    onTestFinished(() => admin.disconnect())
    const keys = await admin.keys(`${prefix}*`)
    expect(keys).toContainEqual(expect.stringMatching(/of:bob$/))
    await admin.del(keys)
    await positions.store()

    const other = await startNode(options)
    expect(await startOf(other, held, lane(9))).toEqual({ revision: 5, isExpired: false })
    expect(await startOf(other, released, lane(9))).toEqual({ revision: 9, isExpired: true })
    expect(await startOf(other, newKey('carol'), lane(9))).toEqual({ revision: 9, isExpired: true })
    clock.advance(DAY_MS)
    expect(await startOf(other, newKey('dave'), lane(9))).toEqual({ revision: 9, isExpired: false })
  })

  test('that are idle are told again, too', async () => {
    const [storage, prefix, clock] = [await openStorage(), newPrefix(), createManualClock()]
    const options = { url: redis.url(), storage, prefix, clock }
    const positions = await startNode(options)
    const idle = newKey()
    await positions.begin(idle, lane(3))
    const admin = new Redis(redis.url())
    onTestFinished(() => admin.disconnect())
    await admin.del(await admin.keys(`${prefix}*`))
    await until(async () => {
      clock.advance(1_000)
      return (await admin.keys(`${prefix}*of:ada`)).length > 0
    })
    expect(await startOf(await startNode(options), idle, lane(9))).toEqual({ revision: 3, isExpired: false })
  })

  test('are not known to a Redis that is new: nobody is told that something was missed', async () => {
    const options = { url: redis.url(), storage: await openStorage(), prefix: newPrefix() }
    const [one, two] = await Promise.all([startNode(options), startNode(options)])
    expect(await startOf(one, newKey(), lane(3))).toEqual({ revision: 3, isExpired: false })
    expect(await startOf(two, newKey(), lane(3))).toEqual({ revision: 3, isExpired: false })
  })

  test('begin while Redis is away: what is known here goes on, the rest is announced, and all of it is stored afterwards', async () => {
    const server = await startRedis()
    const [storage, prefix] = [await openStorage(), newPrefix()]
    const options = { url: server.url, storage, prefix }
    const positions = await startNode(options)
    const [known, unknown] = [newKey('ada'), newKey('bob')]
    const held = await positions.begin(known, lane(3))
    positions.acknowledge(held, 4)
    await server.kill()
    positions.acknowledge(held, 5)
    expect(await startOf(positions, known, lane(9))).toEqual({ revision: 5, isExpired: false })
    const begun = await positions.begin(unknown, lane(9))
    expect(begun.start).toEqual({ revision: 9, isExpired: true })
    positions.acknowledge(begun, 11)
    positions.release(begun)
    await expect(positions.store()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })

    await server.start()
    await until(() =>
      positions.store().then(
        () => true,
        () => false,
      ),
    )
    const other = await startNode(options)
    expect(await startOf(other, known, lane(12))).toEqual({ revision: 5, isExpired: false })
    expect(await startOf(other, unknown, lane(12))).toEqual({ revision: 11, isExpired: false })
  })

  test('do not stay for ever, nor those that nobody needs to know of any more', async () => {
    const [storage, prefix, clock] = [await openStorage(), newPrefix(), createManualClock()]
    const positions = await startNode({ url: redis.url(), storage, prefix, clock })
    const admin = new Redis(redis.url())
    onTestFinished(() => admin.disconnect())
    for (let day = 0; day < 3; day++) {
      for (let each = 0; each < 60; each++) positions.release(await positions.begin(newKey(), lane(3)))
      await positions.store()
      clock.advance(DAY_MS + 1_200_000)
    }
    const [key = ''] = await admin.keys(`${prefix}*of:ada`)
    expect(await admin.hlen(key)).toBeLessThan(130)
    expect(await admin.pttl(key)).toBeGreaterThan(DAY_MS)
    expect(await admin.pttl(key)).toBeLessThanOrEqual(DAY_MS + 1_200_000)
  })

  test('of an erased user leave nothing behind, and an erasure that cannot reach Redis fails', async () => {
    const server = await startRedis()
    const [storage, prefix] = [await openStorage(), newPrefix()]
    const positions = await startNode({ url: server.url, storage, prefix })
    await positions.begin(newKey(), lane(3))
    const admin = new Redis(server.url)
    admin.on('error', () => {})
    onTestFinished(() => admin.disconnect())
    expect(await admin.keys(`${prefix}*ada*`)).toHaveLength(1)
    await storage.write((tx) => positions.erase(tx, 'ada'))
    expect(await admin.keys(`${prefix}*ada*`)).toEqual([])
    await server.kill()
    await expect(storage.write((tx) => positions.erase(tx, 'ada'))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
  })
})
