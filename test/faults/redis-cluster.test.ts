import { expect, test } from 'vitest'
import { until } from '../support/nodes.ts'
import { startRedisCluster } from '../support/redis-cluster.ts'
import { listeners, moveSlot, ownerOf, slotOf, slotsWithKeys } from '../support/redis-slots.ts'
import { openTraffic, type Traffic } from '../support/traffic.ts'

const USERS = ['alice', 'bob', 'carol']

function channelsOf({ prefix, userIds }: Traffic): readonly string[] {
  return userIds.map((id) => `${prefix}bus:user:${id}`)
}

/** What `Traffic.end` resolves to when everyone got everything once and in order, and no socket closed. */
function nothingLost({ sockets }: Traffic) {
  return {
    followers: sockets,
    missing: 0,
    repeated: 0,
    outOfOrder: 0,
    closed: 0,
  }
}

/** Resolves when connections are counted right. */
function areCounted({ ask, sockets, nodes }: Traffic): Promise<void> {
  return until(async () => {
    const found = await ask('{ totalConnections connectionCount(userId: "alice") }').catch(() => undefined)
    return found?.['totalConnections'] === sockets && found['connectionCount'] === nodes.length
  })
}

test('slots of live topics and of what Redis keeps move under traffic, and no follower misses anything', async () => {
  const cluster = await startRedisCluster()
  const traffic = await openTraffic(cluster.url, USERS)
  await areCounted(traffic)
  for (const channel of channelsOf(traffic)) {
    const to = await moveSlot(cluster, await slotOf(cluster, channel))
    await until(async () => (await listeners(to, channel)) === traffic.nodes.length)
    await traffic.passes()
  }
  const slots = await slotsWithKeys(cluster, traffic.prefix)
  expect(slots.length).toBeGreaterThan(2)
  for (const slot of slots) await moveSlot(cluster, slot)
  await traffic.ready(200)
  await traffic.passes()
  await areCounted(traffic)
  expect(await traffic.end()).toEqual(nothingLost(traffic))
})

test('a master of a cluster is killed and comes back empty, and no follower misses anything', async () => {
  const cluster = await startRedisCluster()
  const traffic = await openTraffic(cluster.url, USERS)
  const owners = channelsOf(traffic).map(async (channel) => ownerOf(cluster, await slotOf(cluster, channel)))
  for (const master of new Set(await Promise.all(owners))) {
    await master.kill()
    await traffic.ready(503)
    await traffic.passes()
    await master.start()
    await traffic.ready(200)
    await traffic.passes()
  }
  await areCounted(traffic)
  expect(await traffic.end()).toEqual(nothingLost(traffic))
})

test('a replica takes over from a master of a cluster, and no follower misses anything', async () => {
  const cluster = await startRedisCluster({ hasReplicas: true })
  const traffic = await openTraffic(cluster.url, USERS)
  const [channel = ''] = channelsOf(traffic)
  const master = await ownerOf(cluster, await slotOf(cluster, channel))
  const replica = cluster.replicas[cluster.masters.indexOf(master)]
  await master.kill()
  await traffic.ready(503)
  await traffic.ready(200)
  expect(replica && (await listeners(replica, channel))).toBe(traffic.nodes.length)
  await traffic.passes()
  await areCounted(traffic)
  expect(await traffic.end()).toEqual(nothingLost(traffic))
})
