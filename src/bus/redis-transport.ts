import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import { createBatches } from '../lib/batches.ts'
import { createRedisClient, type RedisTarget } from '../redis/redis-client.ts'
import { decodeEnvelope } from './envelope.ts'
import type { PubSub, Received, Transport, TransportOptions } from './transport.ts'

export interface RedisTransportOptions extends RedisTarget, TransportOptions {}

/** `OpenTransport` of a Redis. */
export type OpenRedisTransport = (options: RedisTransportOptions, onEnd: (reason: unknown) => void) => Transport

/** What `RedisPubSub` needs of a client that subscribes. */
export interface RedisSubscriber {
  readonly on: (event: string, receive: (channel: string, message: string) => void) => unknown
  readonly subscribe: (channel: string) => Promise<unknown>
  readonly unsubscribe: (channel: string) => Promise<unknown>
}

/** What it needs of a client that publishes. */
export interface RedisPublisher {
  readonly publish: (channel: string, message: string) => Promise<unknown>
}

/**
 * RedisPubSub as a bare carrier: it takes texts and gives what was received, with the channel, so that one function can receive them all.
 * It leaves rejections of (un)subscribing to nobody, which ends a process, so it gets a subscriber that never rejects: when a command
 * fails, `fail` is told, and the session is over anyway.
 */
export function createPubSub(
  subscriber: RedisSubscriber,
  publisher: RedisPublisher,
  fail: (error: unknown) => void,
): PubSub {
  const withoutRejections = {
    // What is no text it passes on as it is.
    on: (event: string, receive: (channel: string, received: Received) => void) =>
      subscriber.on(event, (channel, text) => receive(channel, { channel, message: decodeEnvelope(text) })),
    subscribe: (channel: string, done: (error: null) => void) => {
      subscriber.subscribe(channel).then(() => done(null), fail)
    },
    unsubscribe: (channel: string) => {
      subscriber.unsubscribe(channel).catch(fail)
    },
    // It asks for this with every unsubscribe; there are no patterns.
    punsubscribe: () => {},
  }
  return new RedisPubSub({
    publisher: publisher as unknown as Redis,
    subscriber: withoutRejections as unknown as Redis,
    serializer: (text) => text,
  })
}

/** A connection to one server, by its purpose, which does not come back by itself. */
export function createTransportClient(target: RedisTarget, node: string, purpose: string): Redis {
  return createRedisClient(
    { ...target, name: `herald-${node}-${purpose}` },
    { retryStrategy: () => null, autoResubscribe: false, maxRetriesPerRequest: null },
  )
}

/** How long a key lasts that was written to see whether it can be, in milliseconds. */
const TRIAL_MS = 10_000

/** Writes a key that soon goes by itself. Rejects when Redis does not take it; `onEnd` is told when another server would. */
export async function tryWriting(client: Redis, key: string, onEnd: (reason: unknown) => void): Promise<void> {
  try {
    await client.set(key, '', 'PX', TRIAL_MS)
  } catch (error) {
    // A master that has become a replica: a new connection may find the one that took its place.
    if (error instanceof Error && error.message.startsWith('READONLY')) onEnd(error)
    throw error
  }
}

/** Redis serves nobody else while it subscribes to so many. */
const CHANNELS_PER_COMMAND = 1_000

/** Two connections to one server, or to the master that Sentinels know. */
export const openPlainTransport: OpenRedisTransport = ({ address, ca, node, canary }, onEnd) => {
  const subscriber = createTransportClient({ address, ca }, node, 'subscriber')
  const publisher = createTransportClient({ address, ca }, node, 'publisher')
  const both = [subscriber, publisher]
  for (const client of both) client.on('end', () => onEnd(new Error('The connection to Redis ended.')))
  const subscribe = createBatches<string, void>({
    max: CHANNELS_PER_COMMAND,
    run: async (channels) => {
      await subscriber.subscribe(...channels)
      return channels.map(() => undefined)
    },
  })
  const subscribing: RedisSubscriber = {
    on: subscriber.on.bind(subscriber),
    subscribe,
    unsubscribe: (channel) => subscriber.unsubscribe(channel),
  }
  return {
    pubsub: createPubSub(subscribing, publisher, onEnd),
    write: (key) => tryWriting(publisher, key, onEnd),
    connect: async () => {
      await Promise.all(both.map((client) => client.connect()))
      return [canary]
    },
    disconnect: () => {
      for (const client of both) client.disconnect()
    },
  }
}
