import { describe, expect, test } from 'vitest'
import { topic } from '../../src/bus/bus.ts'
import { clusterSlot } from '../../src/bus/redis-slots.ts'
import { isReady, listen, openBusNode, rung } from '../support/bus-nodes.ts'
import { until } from '../support/nodes.ts'
import { newPrefix } from '../support/redis.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { listeners, moveSlot, ownerOf, slotOf } from '../support/redis-slots.ts'

/** Two nodes on a cluster of its own, both of which listen to a topic on each master. */
async function open(prefix = newPrefix()) {
  const cluster = await startRedisCluster()
  const [one, other] = [openBusNode({ url: cluster.url, prefix }), openBusNode({ url: cluster.url, prefix })]
  const topics = await Promise.all(
    cluster.masters.map(async (master) => {
      for (let n = 0; ; n += 1) {
        const channel = `${prefix}bus:topic-${n}`
        if ((await ownerOf(cluster, await slotOf(cluster, channel))) !== master) continue
        return { channel, master, topic: topic(`topic-${n}`, rung) }
      }
    }),
  )
  const received = topics.map(({ topic }) => [listen(one, topic), listen(other, topic)] as const)
  await Promise.all(received.flat().map(({ live }) => live))
  /** Says something on each topic, and waits until both nodes have received it. */
  const passes = async (n: number): Promise<void> => {
    for (const { topic } of topics) one.publish(topic, { n })
    await Promise.all(received.flat().map(({ receives }) => receives(n)))
  }
  const gaps = (): readonly number[] => received.flat().map(({ gaps }) => gaps.count)
  const bothAre = async (ready: boolean): Promise<boolean> =>
    (await isReady(one)) === ready && (await isReady(other)) === ready
  return { cluster, one, other, topics, passes, gaps, bothAre }
}

test('the slot of a name is that which Redis says', async () => {
  const cluster = await startRedisCluster()
  const names = ['', 'foo', 'é{', '{user}:1', 'a{}b{c}', '{}', '}{x}', 'a{{b}}c', '{a}{b}', '123456789', '𝄞'.repeat(50)]
  expect(names.map(clusterSlot)).toEqual(await Promise.all(names.map((name) => slotOf(cluster, name))))
})

describe('nodes on a Redis Cluster', () => {
  test('receive each topic from the master that has its slot, and from no other', async () => {
    const { cluster, topics, passes, gaps } = await open()
    await passes(1)
    for (const { channel, master } of topics) {
      const counts = await Promise.all(cluster.masters.map((server) => listeners(server, channel)))
      expect(counts).toEqual(cluster.masters.map((server) => (server === master ? 2 : 0)))
    }
    expect(await Promise.all(cluster.masters.map(({ client }) => client.pubsub('CHANNELS')))).toEqual([[], [], []])
    expect(gaps()).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('receive a topic whose slot has moved from its new master, and know that they may have missed something', async () => {
    const { cluster, topics, passes, gaps } = await open()
    for (const [round, { channel, master }] of topics.entries()) {
      const before = gaps()
      const to = await moveSlot(cluster, await slotOf(cluster, channel))
      expect(to).not.toBe(master)
      await until(async () => gaps().every((count, index) => count > (before[index] ?? 0)))
      await passes(round)
      expect([await listeners(master, channel), await listeners(to, channel)]).toEqual([0, 2])
    }
  })

  test('receive a thousand topics again after a slot has moved, also those that came meanwhile', async () => {
    const { cluster, one, other, topics } = await open()
    const names = Array.from({ length: 1_000 }, (_, n) => topic(`many-${n}`, rung))
    const before = names.slice(0, 900).map((name) => listen(other, name))
    await Promise.all(before.map(({ live }) => live))
    const moving = moveSlot(cluster, await slotOf(cluster, topics[0]?.channel ?? ''))
    const late = names.slice(900).map((name) => listen(other, name))
    await moving
    await Promise.all(late.map(({ live }) => live))
    await until(
      async () => before.every(({ gaps }) => gaps.count > 0) && (await isReady(one)) && (await isReady(other)),
    )
    for (const [n, name] of names.entries()) one.publish(name, { n })
    await Promise.all([...before, ...late].map(({ receives }, n) => receives(n)))
  })

  test('notice that one master says nothing although its connections stay open', async () => {
    const { topics, passes, gaps, bothAre } = await open()
    for (const [round, { master }] of topics.entries()) {
      const before = gaps()
      master.freeze()
      await until(() => bothAre(false))
      master.thaw()
      await until(() => bothAre(true))
      await until(async () => gaps().every((count, index) => count > (before[index] ?? 0)))
      await passes(round)
    }
  })

  test('go on alone while a master is away, and heal when it is back', async () => {
    const { topics, passes, gaps, bothAre } = await open()
    await topics[1]?.master.kill()
    await until(() => bothAre(false))
    await topics[1]?.master.start()
    await until(() => bothAre(true))
    await until(async () => gaps().every((count) => count > 0))
    await passes(1)
  })
})
