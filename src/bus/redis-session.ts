import { RedisPubSub } from 'graphql-redis-subscriptions'
import type { Redis } from 'ioredis'
import type { Cancel, Clock } from '../lib/clock.ts'
import { createRedisClient, type RedisTarget } from '../lib/redis-client.ts'
import { type Defect, decodeEnvelope, type Envelope, encodeEnvelope } from './redis-envelope.ts'

export interface RedisSessionOptions extends RedisTarget {
  /** This node, as it signs what it sends. */
  readonly node: string
  readonly clock: Clock
  /** A channel of this node's own. Through it a message goes out and back in this many milliseconds, again and again. */
  readonly canary: {
    readonly channel: string
    readonly ms: number
    /** It came back, after so many milliseconds. */
    readonly onReturn: (lagMs: number) => void
  }
  /** Something that is no envelope came. */
  readonly onDefect: (defect: Defect) => void
  /** The session is over for good: a connection broke, or nothing passes any more. Told once. */
  readonly onEnd: (reason: unknown) => void
}

/** One life of the connections to Redis. It does not come back: who wants to go on opens another one. */
export interface RedisSession {
  /** Resolves when messages pass from here to Redis and back. Rejects when they do not in time. */
  readonly live: Promise<void>
  /**
   * Resolves when messages on the channel are heard; never when the session ends before. For a message that is no envelope,
   * `heard` gets undefined.
   */
  subscribe(channel: string, heard: (envelope: Envelope | undefined) => void): Promise<() => void>
  /** Resolves when Redis has it. Rejects when that is not known, and at once when too much is under way. */
  publish(channel: string, event: unknown): Promise<void>
  end(): void
}

/** With so many bytes under way to Redis, messages go without their events, so that listeners look at the store. */
const MAX_BYTES_WITH_EVENTS = 16 * 1024 * 1024
/** With so many, none goes. */
const MAX_BYTES = 32 * 1024 * 1024
/** What a message takes beside its text. */
const MESSAGE_OVERHEAD = 512

/**
 * RedisPubSub leaves rejections of (un)subscribing to nobody, which ends a process. It gets a subscriber that never rejects:
 * when a command fails, the session is over anyway.
 */
const withoutRejections = (client: Redis, fail: (error: unknown) => void): Redis => {
  const facade = {
    on: client.on.bind(client),
    subscribe: (channel: string, done: (error: null) => void) => {
      client.subscribe(channel).then(() => done(null), fail)
    },
    unsubscribe: (channel: string) => {
      client.unsubscribe(channel).catch(fail)
    },
    // It asks for this with every unsubscribe; there are no patterns.
    punsubscribe: () => {},
  }
  return facade as unknown as Redis
}

/** The two connections of a session; `onEnd` is told when either of them is gone. */
const createConnections = ({ address, ca, node }: RedisSessionOptions, onEnd: (reason: unknown) => void) => {
  // What is gone stays gone: a connection that came back by itself would hide that messages were lost.
  const options = { retryStrategy: () => null, autoResubscribe: false, maxRetriesPerRequest: null }
  const subscriber = createRedisClient({ address, ca, name: `herald-${node}-subscriber` }, options)
  const publisher = createRedisClient({ address, ca, name: `herald-${node}-publisher` }, options)
  const both = [subscriber, publisher]
  for (const client of both) client.on('end', () => onEnd(new Error('The connection to Redis ended.')))
  const pubsub = new RedisPubSub({
    publisher,
    subscriber: withoutRejections(subscriber, onEnd),
    serializer: (text) => text,
    deserializer: (bytes) => decodeEnvelope(typeof bytes === 'string' ? Buffer.from(bytes) : bytes),
  })
  return {
    pubsub,
    connect: () => Promise.all(both.map((client) => client.connect())),
    disconnect: () => {
      for (const client of both) client.disconnect()
    },
  }
}

/** Connects, proves that messages pass, and goes on proving it. */
export const openRedisSession = (options: RedisSessionOptions): RedisSession => {
  const { node, clock, canary, onDefect, onEnd } = options
  const live = Promise.withResolvers<void>()
  live.promise.catch(() => {})
  let isOver = false
  let underWay = 0
  let cancelPatience: Cancel = () => {}
  let cancelBeat: Cancel = () => {}

  const end = (): void => {
    isOver = true
    cancelPatience()
    cancelBeat()
    connections.disconnect()
  }
  const fail = (reason: unknown): void => {
    if (isOver) return
    end()
    live.reject(reason)
    onEnd(reason)
  }
  const connections = createConnections(options, fail)
  const { pubsub } = connections

  const session: RedisSession = {
    live: live.promise,
    subscribe: async (channel, heard) => {
      const id = await pubsub.subscribe<Envelope | Defect>(channel, (message) => {
        if (isOver) return
        if (typeof message === 'string') onDefect(message)
        heard(typeof message === 'string' ? undefined : message)
      })
      return () => {
        if (!isOver) pubsub.unsubscribe(id)
      }
    },
    publish: async (channel, event) => {
      if (isOver || underWay >= MAX_BYTES) throw new Error('Redis takes no more messages.')
      const text = encodeEnvelope(underWay < MAX_BYTES_WITH_EVENTS ? { node, event } : { node })
      const bytes = text.length + MESSAGE_OVERHEAD
      underWay += bytes
      await pubsub.publish(channel, text).finally(() => {
        underWay -= bytes
      })
    },
    end,
  }

  const wait = (): void => {
    cancelPatience()
    // In two steps: when this process was busy for long, what waits in its socket is read between them.
    cancelPatience = clock.after(canary.ms, () => {
      cancelPatience = clock.after(canary.ms, () => fail(new Error('Messages no longer pass through Redis.')))
    })
  }
  let sentAt: number | undefined
  const beat = (): void => {
    sentAt ??= clock.now()
    session.publish(canary.channel, null).catch(() => {})
    cancelBeat = clock.after(canary.ms, beat)
  }
  const start = async (): Promise<void> => {
    wait()
    await connections.connect()
    await session.subscribe(canary.channel, (envelope) => {
      if (envelope?.node !== node) return
      wait()
      if (sentAt !== undefined) canary.onReturn(clock.now() - sentAt)
      sentAt = undefined
      live.resolve()
    })
    if (!isOver) beat()
  }
  start().catch(fail)
  return session
}
