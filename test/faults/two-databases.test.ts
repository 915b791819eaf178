import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBusStats } from '../../src/bus/bus-stats.ts'
import { startTestApp } from '../support/app.ts'
import { isReady, listen, openBusNode } from '../support/bus-nodes.ts'
import { notifyCommand, openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { scrape } from '../support/metrics.ts'
import { nodeEnvironment, until } from '../support/nodes.ts'
import { newPrefix, useRedis } from '../support/redis.ts'
import { useEachRedis } from '../support/redis-cluster.ts'
import { tempFolder } from '../support/temp.ts'

const redis = useRedis()

describe.each(useEachRedis())('on %s', (_, { url }) => {
  test('what nodes with another database say is dropped and counted, and is no gap', async () => {
    const prefix = newPrefix()
    const stats = createBusStats()
    const own = openBusNode({ url: url(), prefix, stats })
    const friend = openBusNode({ url: url(), prefix })
    const stranger = openBusNode({ url: url(), prefix, database: 'another' })
    const [here, there] = [listen(own), listen(stranger)]
    await Promise.all([here.live, there.live])
    await until(async () => (await isReady(own)) && (await isReady(friend)) && (await isReady(stranger)))
    stranger.publish(there.numbers, { n: 1 })
    await there.receives(1)
    await until(async () => (Object.fromEntries(stats.drops.entries())['another database'] ?? 0) > 0)
    friend.publish(here.numbers, { n: 2 })
    await here.receives(2)
    expect([here.received, here.gaps.count, there.received]).toEqual([[2], 0, [1]])
  })
})

describe('of two databases on one Redis', () => {
  test.each([
    ['0', '0'],
    ['0', '1'],
    ['1', '0'],
    ['2', '3'],
  ])('the second is refused, with the numbers %s and %s', async (number, other) => {
    const { REDIS_URL, ...env } = nodeEnvironment(redis.url())
    await startTestApp({ env: { ...env, REDIS_URL: `${REDIS_URL}/${number}` } })
    const second = startTestApp({ env: { ...env, REDIS_URL: `${REDIS_URL}/${other}`, DATA_DIR: tempFolder() } })
    await expect(second).rejects.toThrow(/use another database.* choose another REDIS_PREFIX/)
  })

  test('one that finds out later takes no commands, and says that it is not ready', async () => {
    const env = nodeEnvironment(redis.url())
    const app = await startTestApp({ env })
    const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
    const alice = await connectDevice(app, 'alice')
    await sender.redis.set(`${env.REDIS_PREFIX}epoch`, 'another')
    await until(async () => (await fetch(new URL('/ready', app.url))).status === 503)
    await sender.publish(notifyCommand('alice', 'published'))
    const entry = await sender.add(notifyCommand('alice', 'added'))
    await until(async () => ((await scrape(app)).value('herald_commands_total{outcome="dropped"}') ?? 0) > 0)
    const titles = async (): Promise<readonly string[]> => {
      const { notifications } = await alice.run('{ notifications { nodes { title } } }')
      return notifications.nodes.map(({ title }: { title: string }) => title)
    }
    expect(await titles()).toEqual([])
    expect(await sender.redis.xrange(`${env.REDIS_PREFIX}commands`, entry, entry)).toHaveLength(1)
    // When the other one is gone for good, what is in the stream is for this one.
    await sender.redis.del(`${env.REDIS_PREFIX}epoch`)
    await until(async () => (await titles()).length > 0)
    expect(await titles()).toEqual(['added'])
  })

  test('one whose start failed leaves nothing claimed', async () => {
    const env = nodeEnvironment(redis.url())
    const taken = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void taken.close())
    await new Promise((resolve) => taken.once('listening', resolve))
    const address = taken.address()
    const port = typeof address === 'object' && address ? String(address.port) : ''
    await expect(startTestApp({ env: { ...env, PORT: port } })).rejects.toThrow(port)
    await startTestApp({ env: { ...env, DATA_DIR: tempFolder() } })
  })
})
