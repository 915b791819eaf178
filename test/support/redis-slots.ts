import type { ClusterServer, RedisCluster } from './redis-cluster.ts'

/** The slot of a channel or key, as Redis says. */
export async function slotOf({ masters }: RedisCluster, name: string): Promise<number> {
  return Number(await masters[0]?.client.cluster('KEYSLOT', name))
}

/** The master that has a slot, as itself says. */
export async function ownerOf({ masters }: RedisCluster, slot: number): Promise<ClusterServer> {
  for (const master of masters) {
    const ranges = await master.client.cluster('SLOTS')
    const [, , owner] = ranges.find(([first, last]) => first <= slot && slot <= last) ?? []
    if (owner?.[1] === master.port) return master
  }
  throw new Error(`Nobody has slot ${slot}`)
}

/** Moves a slot with its keys to another master, as `redis-cli --cluster reshard` does. Resolves to the new owner. */
export async function moveSlot(cluster: RedisCluster, slot: number): Promise<ClusterServer> {
  const from = await ownerOf(cluster, slot)
  const others = cluster.masters.filter((master) => master !== from)
  const to = others[0] as ClusterServer
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', from.id)
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', to.id)
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, 100)) as string[]
    if (keys.length === 0) break
    await from.client.call('MIGRATE', '127.0.0.1', to.port, '', 0, 5_000, 'KEYS', ...keys)
  }
  for (const { client } of [to, from, ...others.slice(1)]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', to.id)
  return to
}

/** How many connections listen to a sharded channel on a server. */
export async function listeners({ client }: ClusterServer, channel: string): Promise<number> {
  const [, count] = (await client.call('PUBSUB', 'SHARDNUMSUB', channel)) as [string, number]
  return count
}

/** The slots in which there are keys with a prefix. */
export async function slotsWithKeys(cluster: RedisCluster, prefix: string): Promise<readonly number[]> {
  const keys = await Promise.all(cluster.masters.map(({ client }) => client.keys(`${prefix}*`)))
  return [...new Set(await Promise.all(keys.flat().map((key) => slotOf(cluster, key))))]
}
