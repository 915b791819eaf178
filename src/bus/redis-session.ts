import type { Clock } from '../lib/clock.ts'
import type { RedisTarget } from '../lib/redis-client.ts'
import { createCanary } from './redis-canary.ts'
import { type Defect, type Envelope, encodeEnvelope } from './redis-envelope.ts'
import { openShardedWire } from './redis-sharded-wire.ts'
import { openPlainWire } from './redis-wire.ts'

export interface RedisSessionOptions extends RedisTarget {
  /** This node, as it signs what it sends. */
  readonly node: string
  readonly clock: Clock
  /** Begins the names of channels of this node's own. Through each a message goes out and back, again after so many milliseconds. */
  readonly canary: {
    readonly channel: string
    readonly ms: number
    /** All came back, the last one after so many milliseconds. */
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

/** Connects, proves that messages pass, and goes on proving it. In a Redis Cluster each channel lives on the master that has its slot. */
export const openRedisSession = (options: RedisSessionOptions): RedisSession => {
  const { address, ca, node, clock, canary, onDefect, onEnd } = options
  const live = Promise.withResolvers<void>()
  live.promise.catch(() => {})
  let isOver = false
  let underWay = 0

  const end = (): void => {
    isOver = true
    proof.stop()
    wire.disconnect()
  }
  const fail = (reason: unknown): void => {
    if (isOver) return
    end()
    live.reject(reason)
    onEnd(reason)
  }
  const openWire = address.kind === 'cluster' ? openShardedWire : openPlainWire
  const wire = openWire({ address, ca, node, canary: canary.channel }, fail)
  const proof = createCanary({
    clock,
    ms: canary.ms,
    onReturn: (lagMs) => {
      canary.onReturn(lagMs)
      live.resolve()
    },
    onSilence: () => fail(new Error('Messages no longer pass through Redis.')),
  })

  const session: RedisSession = {
    live: live.promise,
    subscribe: async (channel, heard) => {
      const id = await wire.pubsub.subscribe<Envelope | Defect>(channel, (message) => {
        if (isOver) return
        if (typeof message === 'string') onDefect(message)
        heard(typeof message === 'string' ? undefined : message)
      })
      return () => {
        if (!isOver) wire.pubsub.unsubscribe(id)
      }
    },
    publish: async (channel, event) => {
      if (isOver || underWay >= MAX_BYTES) throw new Error('Redis takes no more messages.')
      const text = encodeEnvelope(underWay < MAX_BYTES_WITH_EVENTS ? { node, event } : { node })
      const bytes = text.length + MESSAGE_OVERHEAD
      underWay += bytes
      await wire.pubsub.publish(channel, text).finally(() => {
        underWay -= bytes
      })
    },
    end,
  }

  const start = async (): Promise<void> => {
    const channels = await wire.connect()
    const hear = (channel: string) =>
      session.subscribe(channel, (envelope) => {
        if (envelope?.node === node) proof.returned(channel)
      })
    await Promise.all(channels.map(hear))
    if (!isOver) proof.start(channels, (channel) => void session.publish(channel, null).catch(() => {}))
  }
  start().catch(fail)
  return session
}
