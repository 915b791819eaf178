import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import { createBatches } from '../lib/batches.ts'
import { createRedisClient, type RedisTarget } from '../lib/redis-client.ts'
import { decodeEnvelope, type Envelope, type Malformed } from './redis-envelope.ts'

export interface RedisWireOptions extends RedisTarget {
  /** Names the connections. */
  readonly node: string
  /** Begins the names of channels of this node's own. */
  readonly canary: string
}

/** The connections of one session with Redis. */
export interface RedisWire {
  readonly pubsub: RedisPubSub
  /** Writes a key for a moment, on the server that has the slot of its name. Rejects when that does not take it. */
  write(key: string): Promise<unknown>
  /** Connects. Resolves to the channels that must be tried to know that messages pass everywhere. */
  connect(): Promise<readonly string[]>
  disconnect(): void
}

/** Opens connections, once; `onEnd` is told when messages may be lost from now on. */
export type OpenRedisWire = (options: RedisWireOptions, onEnd: (reason: unknown) => void) => RedisWire

/** What came on a channel. */
export interface Received {
  readonly channel: string
  readonly message: Envelope | Malformed
}

/** What `RedisPubSub` needs of a client that subscribes. */
export interface Subscriber {
  readonly on: (event: string, heard: (channel: string, message: string) => void) => unknown
  readonly subscribe: (channel: string) => Promise<unknown>
  readonly unsubscribe: (channel: string) => Promise<unknown>
}

/** What it needs of a client that publishes. */
export interface Publisher {
  readonly publish: (channel: string, message: string) => Promise<unknown>
}

/**
 * RedisPubSub as transport: it takes texts and gives what was received, with the channel, so that one function can hear them all.
 * It leaves rejections of (un)subscribing to nobody, which ends a process, so it gets a subscriber that never rejects: when a command
 * fails, `fail` is told, and the session is over anyway.
 */
export const createTransport = (subscriber: Subscriber, publisher: Publisher, fail: (error: unknown) => void) => {
  const withoutRejections = {
    // What is no text it passes on as it is.
    on: (event: string, heard: (channel: string, received: Received) => void) =>
      subscriber.on(event, (channel, text) => heard(channel, { channel, message: decodeEnvelope(text) })),
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

/** A connection to one server, by its purpose. What is gone stays gone: one that came back by itself would hide that messages were lost. */
export const createWireClient = (target: RedisTarget, node: string, purpose: string): Redis =>
  createRedisClient(
    { ...target, name: `herald-${node}-${purpose}` },
    { retryStrategy: () => null, autoResubscribe: false, maxRetriesPerRequest: null },
  )

/** How long a key lasts that was written to see whether it can be, in milliseconds. */
const TRIAL_MS = 10_000

/** Writes a key that soon goes by itself. */
export const tryWriting = (client: Redis, key: string): Promise<unknown> => client.set(key, '', 'PX', TRIAL_MS)

/** Redis serves nobody else while it subscribes to so many. */
const CHANNELS_PER_COMMAND = 1_000

/** Two connections to one server, or to the master that Sentinels know. */
export const openPlainWire: OpenRedisWire = ({ address, ca, node, canary }, onEnd) => {
  const subscriber = createWireClient({ address, ca }, node, 'subscriber')
  const publisher = createWireClient({ address, ca }, node, 'publisher')
  const both = [subscriber, publisher]
  for (const client of both) client.on('end', () => onEnd(new Error('The connection to Redis ended.')))
  const subscribe = createBatches<string, void>({
    max: CHANNELS_PER_COMMAND,
    run: async (channels) => {
      await subscriber.subscribe(...channels)
      return channels.map(() => undefined)
    },
  })
  const hearing: Subscriber = {
    on: subscriber.on.bind(subscriber),
    subscribe,
    unsubscribe: (channel) => subscriber.unsubscribe(channel),
  }
  return {
    pubsub: createTransport(hearing, publisher, onEnd),
    write: (key) => tryWriting(publisher, key),
    connect: async () => {
      await Promise.all(both.map((client) => client.connect()))
      return [canary]
    },
    disconnect: () => {
      for (const client of both) client.disconnect()
    },
  }
}
