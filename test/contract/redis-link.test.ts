import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { topic } from '../../src/bus/bus.ts'
import { createBusStats } from '../../src/bus/bus-stats.ts'
import { createRedisLink } from '../../src/bus/redis-link.ts'
import { systemClock } from '../../src/lib/clock.ts'
import { CANARY_MS, isReady, listen, numbers, openBusNode, rung } from '../support/bus-nodes.ts'
import { silentLog } from '../support/embedded.ts'
import { heldBytes } from '../support/memory.ts'
import { newPrefix, redisAddress, startRedis } from '../support/redis.ts'

/** Looks again and again until it is so. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 10))
}

/** A Redis of its own, nodes on it, and a client that does to it what a test wants. */
async function open(canaryMs = CANARY_MS) {
  const redis = await startRedis()
  const prefix = newPrefix()
  const client = new Redis(redis.url)
  client.on('error', () => {})
  onTestFinished(() => client.disconnect())
  const node = (stats = createBusStats()) => openBusNode({ url: redis.url, prefix, canaryMs, stats })
  return { redis, prefix, client, node }
}

test('listening that is over leaves nothing behind', async () => {
  const { url } = await startRedis()
  const link = createRedisLink({
    address: redisAddress(url),
    prefix: newPrefix(),
    database: 'shop',
    clock: systemClock,
    log: silentLog(),
  })({
    message: () => {},
    fromOtherNode: () => true,
    gap: () => {},
  })
  onTestFinished(link.close)
  await until(() => isReady(link))
  const listenTo = async (round: number): Promise<void> => {
    const topics = Array.from({ length: 1_000 }, (_, index) => `topic-${round}-${index}`)
    await Promise.all(topics.map(link.listen))
    for (const name of topics) link.unlisten(name)
    await link.listen('last')
    link.unlisten('last')
  }
  for (let round = 0; round < 5; round++) await listenTo(round)
  const before = heldBytes()
  for (let round = 5; round < 25; round++) await listenTo(round)
  expect(heldBytes() - before).toBeLessThan(1024 * 1024)
})

describe('nodes on one Redis', () => {
  test('receive each other, and themselves once', async () => {
    const { node } = await open()
    const [one, other] = [node(), node()]
    const [atOne, atOther] = [listen(one), listen(other)]
    await Promise.all([atOne.live, atOther.live])
    one.publish(numbers, { n: 1 })
    await atOther.receives(1)
    other.publish(numbers, { n: 2 })
    await Promise.all([atOne.receives(2), atOther.receives(2)])
    expect([atOne.received, atOther.received]).toEqual([
      [1, 2],
      [1, 2],
    ])
  })

  test('are told to look at the store instead of an event that is too large to travel', async () => {
    const { node } = await open()
    const [one, other] = [node(), node()]
    const [large, quiet] = [listen(other), listen(other, topic('quiet', rung))]
    await Promise.all([large.live, quiet.live, listen(one).live])
    one.publish(numbers, { n: 1, text: 'x'.repeat(2 * 1024 * 1024) })
    one.publish(numbers, { n: 2 })
    await large.receives(2)
    expect([large.received, large.gaps.count, quiet.gaps.count]).toEqual([[2], 1, 0])
  })

  test('carry a bulk of events, and gaps when they are too much', async () => {
    const { node } = await open(5_000)
    const [one, other] = [node(), node()]
    const [small, large, last] = [
      listen(other),
      listen(other, topic('large', rung)),
      listen(other, topic('last', rung)),
    ]
    await Promise.all([small, large, last].map(({ live }) => live))
    await listen(one).live
    for (let n = 0; n < 12_000; n++) one.publish(numbers, { n })
    await small.receives(11_999)
    expect([small.received.length, small.gaps.count]).toEqual([12_000, 0])
    for (let n = 0; n < 600; n++) one.publish(topic('large', rung), { n, text: 'x'.repeat(64 * 1024) })
    one.publish(topic('last', rung), { n: 1 })
    await until(() => last.gaps.count + last.received.length > 0)
    expect(large.received.length + large.gaps.count).toBe(600)
    expect(large.gaps.count).toBeGreaterThan(0)
    expect(small.gaps.count).toBe(0)
  })

  test('go on alone while Redis is away, and heal when it comes back empty', async () => {
    const { redis, node } = await open()
    const [one, other] = [node(), node()]
    const [atOne, atOther] = [listen(one), listen(other)]
    await Promise.all([atOne.live, atOther.live])
    await redis.kill()
    await until(async () => !(await isReady(one)) && !(await isReady(other)))
    const late = listen(one, topic('late', rung))
    await late.live
    one.publish(numbers, { n: 1 })
    expect([atOne.received, atOther.received, late.gaps.count]).toEqual([[1], [], 0])

    await redis.start()
    await until(() => [atOne, atOther, late].every(({ gaps }) => gaps.count > 0))
    other.publish(topic('late', rung), { n: 2 })
    await late.receives(2)
    await expect(one.ping()).resolves.toBeUndefined()
  })

  test('notice that Redis is frozen although their connections stay open', async () => {
    const { redis, node } = await open()
    const [one, other] = [node(), node()]
    const [atOne, atOther] = [listen(one), listen(other)]
    await Promise.all([atOne.live, atOther.live])
    redis.freeze()
    // Of this process, which is as late as the canaries are when the machine is busy.
    let periods = 0
    const counting = setInterval(() => {
      periods += 1
    }, CANARY_MS)
    onTestFinished(() => clearInterval(counting))
    await until(async () => !(await isReady(one)) && !(await isReady(other)))
    expect(periods).toBeLessThan(6)
    one.publish(numbers, { n: 1 })
    redis.thaw()
    await until(() => atOne.gaps.count > 0 && atOther.gaps.count > 0)
    one.publish(numbers, { n: 2 })
    await atOther.receives(2)
  })

  test('receive everything again after a storm that cut their subscriptions', async () => {
    const { client, node } = await open()
    const [one, other] = [node(), node()]
    const many = Array.from({ length: 1_200 }, (_, index) => listen(one, topic(`topic-${index}`, rung)))
    const atOther = listen(other)
    await Promise.all([...many, atOther].map(({ live }) => live))
    for (let cut = 0; cut < 20; cut++) await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await until(async () => many.every(({ gaps }) => gaps.count > 0) && (await isReady(one)) && (await isReady(other)))
    for (const [index] of many.entries()) other.publish(topic(`topic-${index}`, rung), { n: index })
    await Promise.all(many.map(({ receives }, index) => receives(index)))
  })

  test('tell the others to look at the store when they could not send', async () => {
    const { client, node } = await open()
    const one = node()
    const mine = listen(one)
    await mine.live
    const ownIds = String(await client.call('CLIENT', 'LIST')).match(/^id=\d+(?=.*name=herald)/gm) ?? []
    const other = node()
    const atOther = listen(other)
    await atOther.live
    for (const id of ownIds) await client.call('CLIENT', 'KILL', 'ID', id.slice(3))
    await until(async () => !(await isReady(one)))
    one.publish(numbers, { n: 1 })
    await until(() => atOther.gaps.count > 0)
    expect(atOther.received).toEqual([])
  })

  test('drop what is no event, count it, and look at the store instead', async () => {
    const { client, prefix, node } = await open(5_000)
    const stats = createBusStats()
    const bus = node(stats)
    const there = listen(bus)
    await there.live
    const poison = [
      '',
      'not json',
      '"text"',
      'null',
      '{"v":1}',
      '{"v":2,"node":"x","event":{"n":7}}',
      '{"v":1,"node":7,"event":{"n":7}}',
      '{"v":1,"node":"x","event":7}',
      '{"v":1,"node":"x","event":{}}',
      '{"v":1,"node":"x","event":{"n":"seven"}}',
      `{"v":1,"node":"x","event":${'{"n":'.repeat(50_000)}7${'}'.repeat(50_000)}}`,
      '['.repeat(500_000),
      `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      JSON.stringify({ v: 1, node: 'x', event: { n: 7, text: 'x'.repeat(5 * 1024 * 1024) } }),
    ]
    for (const message of poison) await client.publish(`${prefix}bus:numbers`, message)
    for (const message of poison) await client.publish(`${prefix}lost`, message)
    await client.publish(`${prefix}bus:numbers`, JSON.stringify({ v: 1, node: 'x', event: { n: 8 } }))
    await there.receives(8)
    expect([there.received, there.gaps.count]).toEqual([[8], 2 * poison.length])
    expect(Object.fromEntries(stats.drops.entries())).toMatchObject({
      'another version': 2,
      'not an event of its topic': 3,
      'too large': 2,
    })
    await expect(bus.ping()).resolves.toBeUndefined()
  })

  test('stop receiving a topic that nobody listens to, also when that changes quickly', async () => {
    const { client, prefix, redis } = await open()
    const options = { address: redisAddress(redis.url), prefix, database: 'shop', clock: systemClock, log: silentLog() }
    const received: unknown[] = []
    const link = createRedisLink(options)({
      message: () => {},
      fromOtherNode: (_, message) => received.push(message) > 0,
      gap: () => {},
    })
    onTestFinished(link.close)
    await link.listen('numbers')
    for (let turn = 0; turn < 10; turn++) {
      link.unlisten('numbers')
      const again = link.listen('numbers')
      if (turn % 2 === 0) await again
    }
    await link.listen('numbers')
    await client.publish(`${prefix}bus:numbers`, JSON.stringify({ v: 1, node: 'x', event: { n: 1 } }))
    await until(() => received.length > 0)
    link.unlisten('numbers')
    await until(async () => Number(await client.publish(`${prefix}bus:numbers`, '{}')) === 0)
    expect(received).toEqual([{ n: 1 }])
  })
})
