import type { Redis } from 'ioredis'
import type { RedisAddress, RedisHost } from '../lib/address.ts'
import { clusterSlot, readSlots } from './redis-slots.ts'
import {
  createPubSub,
  createTransportClient,
  type OpenRedisTransport,
  type RedisSubscriber,
  type RedisTransportOptions,
  tryWriting,
} from './redis-transport.ts'
import type { PubSub } from './transport.ts'

/** The connections to one master. */
interface Shard {
  readonly subscriber: Redis
  readonly publisher: Redis
}

type ShardOf = (channel: string) => Shard | undefined
type Receive = (channel: string, message: string) => void

/** So many names that end with four digits of base 36 reach every slot, whatever begins them, as long as they have no hash tag. */
const CANARY_NAMES = 73_025

/** Finds one channel name on each shard, for its test messages. */
function canariesOf(name: string, shards: readonly Shard[], shardOf: ShardOf): readonly string[] {
  const found = new Map<Shard, string>()
  for (let n = 0; n < CANARY_NAMES && found.size < shards.length; n += 1) {
    const channel = `${name}:${n.toString(36).padStart(4, '0')}`
    const shard = shardOf(channel)
    if (shard && !found.has(shard)) found.set(shard, channel)
  }
  return [...found.values()]
}

/** The connections to some servers of a cluster, which end together. */
function createConnections({ address, ca, node }: RedisTransportOptions) {
  const clients = new Set<Redis>()
  let isOver = false
  const open = async (host: RedisHost, purpose: string): Promise<Redis> => {
    if (isOver) throw new Error('The session with the cluster is over.')
    const server: RedisAddress = { ...address, kind: 'server', hosts: [host] }
    const client = createTransportClient({ address: server, ca }, node, purpose)
    clients.add(client)
    await client.connect()
    return client
  }
  return {
    open,
    /** Asks the servers one by one, until one says which master has which slot. Begins at random: the first server may be wrong. */
    readSlots: async () => {
      const start = Math.floor(Math.random() * address.hosts.length)
      let reason: unknown
      for (const host of [...address.hosts.slice(start), ...address.hosts.slice(0, start)]) {
        try {
          const client = await open(host, 'slots')
          return await readSlots(client, host).finally(() => client.disconnect())
        } catch (error) {
          reason = error
        }
      }
      throw reason
    },
    disconnect: () => {
      isOver = true
      for (const client of clients) client.disconnect()
    },
  }
}

/** A `PubSub` that subscribes and publishes on the shard of each channel. */
function createShardedPubSub(shardOf: ShardOf, receivers: Set<Receive>, onEnd: (reason: unknown) => void): PubSub {
  const on = async (channel: string, act: (shard: Shard) => Promise<unknown>): Promise<unknown> => {
    const shard = shardOf(channel)
    if (!shard) throw new Error('No server of the Redis Cluster has the slot of a channel.')
    return act(shard)
  }
  const subscriber: RedisSubscriber = {
    on: (event, receive) => {
      if (event === 'message') receivers.add(receive)
    },
    subscribe: (channel) => on(channel, ({ subscriber }) => subscriber.ssubscribe(channel)),
    unsubscribe: (channel) => on(channel, ({ subscriber }) => subscriber.sunsubscribe(channel)),
  }
  const publish = async (channel: string, message: string): Promise<unknown> => {
    try {
      return await on(channel, ({ publisher }) => publisher.spublish(channel, message))
    } catch (error) {
      // When one message finds no server, those that follow find none either.
      onEnd(error)
      throw error
    }
  }
  return createPubSub(subscriber, { publish }, onEnd)
}

/**
 * A transport with two connections to each master of a Redis Cluster, for sharded pub/sub. A channel lives on the master that has its slot,
 * and its messages do not go to the others. The transport reads the slots once, when it connects. When a slot moves, the master says so, or
 * refuses commands for it. Then `onEnd` is called, and the next transport reads the slots again.
 */
export const openShardedTransport: OpenRedisTransport = (options, onEnd) => {
  const connections = createConnections(options)
  const receivers = new Set<Receive>()
  let shardOf: ShardOf = () => undefined

  const openShard = async (host: RedisHost): Promise<Shard> => {
    const opening = [connections.open(host, 'subscriber'), connections.open(host, 'publisher')] as const
    const [subscriber, publisher] = await Promise.all(opening)
    for (const client of [subscriber, publisher]) {
      client.on('end', () => onEnd(new Error('A connection to the Redis Cluster ended.')))
    }
    // The server answers MOVED, or reports that it no longer has the slot of a channel.
    subscriber.on('moved', () => onEnd(new Error('A slot of the Redis Cluster has moved.')))
    subscriber.on('smessage', (channel: string, message: string) => {
      for (const receive of receivers) receive(channel, message)
    })
    return { subscriber, publisher }
  }

  return {
    pubsub: createShardedPubSub((channel) => shardOf(channel), receivers, onEnd),
    write: async (key) => {
      const shard = shardOf(key)
      if (shard) await tryWriting(shard.publisher, key, onEnd)
    },
    connect: async () => {
      const { masters, ownerOf } = await connections.readSlots()
      const shards = await Promise.all(masters.map(openShard))
      shardOf = (channel) => shards[ownerOf[clusterSlot(channel)] ?? -1]
      return canariesOf(options.canary, shards, shardOf)
    },
    disconnect: connections.disconnect,
  }
}
