import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import { createBatches } from '../lib/batches.ts'
import { createRedisClient, type RedisTarget } from '../redis/redis-client.ts'
import { decodeEnvelope } from './envelope.ts'
import type { PubSub, Received, Transport, TransportOptions } from './transport.ts'

export interface RedisTransportOptions extends RedisTarget, TransportOptions {}

/** `OpenTransport` for Redis: opens connections once, and calls `onEnd` when messages may be lost from now on. */
export type OpenRedisTransport = (options: RedisTransportOptions, onEnd: (reason: unknown) => void) => Transport

/** The part of an ioredis client that `RedisPubSub` needs for receiving. */
export interface RedisSubscriber {
  readonly on: (event: string, receive: (channel: string, message: string) => void) => unknown
  readonly subscribe: (channel: string) => Promise<unknown>
  readonly unsubscribe: (channel: string) => Promise<unknown>
}

/** The part of an ioredis client that `RedisPubSub` needs for publishing. */
export interface RedisPublisher {
  readonly publish: (channel: string, message: string) => Promise<unknown>
}

/**
 * A `RedisPubSub` that sends texts, and hands over decoded envelopes with their channel. `RedisPubSub` leaves rejections of (un)subscribing
 * unhandled, which would end the process. So it gets a subscriber that never rejects: when a command fails, `fail` is called with the error
 * instead. The session is over then anyway.
 */
export function createPubSub(
  subscriber: RedisSubscriber,
  publisher: RedisPublisher,
  fail: (error: unknown) => void,
): PubSub {
  const withoutRejections = {
    // RedisPubSub passes on values that are no text as they are.
    on: (event: string, receive: (channel: string, received: Received) => void) =>
      subscriber.on(event, (channel, text) => receive(channel, { channel, message: decodeEnvelope(text) })),
    subscribe: (channel: string, done: (error: null) => void) => {
      subscriber.subscribe(channel).then(() => done(null), fail)
    },
    unsubscribe: (channel: string) => {
      subscriber.unsubscribe(channel).catch(fail)
    },
    // RedisPubSub calls this with every unsubscribe, though there are no patterns.
    punsubscribe: () => {},
  }
  return new RedisPubSub({
    publisher: publisher as unknown as Redis,
    subscriber: withoutRejections as unknown as Redis,
    serializer: (text) => text,
  })
}

/** A connection to one server, which does not reconnect. `purpose`, such as `publisher`, is part of its name in `CLIENT LIST`. */
export function createTransportClient(target: RedisTarget, node: string, purpose: string): Redis {
  return createRedisClient(
    { ...target, name: `herald-${node}-${purpose}` },
    { retryStrategy: () => null, autoResubscribe: false, maxRetriesPerRequest: null },
  )
}

/** How long the key of a test write lasts, in milliseconds. */
const TRIAL_MS = 10_000

/**
 * Writes a key that expires after 10 seconds. Rejects when Redis takes no writes. Calls `onEnd` when a new connection may find a server
 * that does.
 */
export async function tryWriting(client: Redis, key: string, onEnd: (reason: unknown) => void): Promise<void> {
  try {
    await client.set(key, '', 'PX', TRIAL_MS)
  } catch (error) {
    // This master has become a replica: a new connection may find the new master.
    if (error instanceof Error && error.message.startsWith('READONLY')) onEnd(error)
    throw error
  }
}

/** The most channels of one SUBSCRIBE, during which Redis serves no other client. */
const CHANNELS_PER_COMMAND = 1_000

/** A transport with two connections to one Redis server, or to the master that Sentinels name. */
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
