import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import type { RedisTarget } from '../lib/redis-client.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import type { Link, OpenLink, Receiver } from './link.ts'
import { createDrops, type Drops } from './redis-drops.ts'
import type { Envelope } from './redis-envelope.ts'
import { openReconnecting } from './redis-reconnecting.ts'
import { openRedisSession, type RedisSession } from './redis-session.ts'

export interface RedisLinkOptions extends RedisTarget {
  /** Begins every channel: nodes with the same one hear each other. */
  readonly prefix: string
  /** Names the database of this node: what nodes with another one say is dropped. */
  readonly database: string
  readonly clock: Clock
  readonly log: Log
  /** How often it is tried whether messages really pass, in milliseconds. After two without an answer Redis is away. */
  readonly canaryMs?: number
  /** Where to count. */
  readonly stats?: BusStats
}

const CANARY_MS = 5_000
/** Subscriptions under way at a time when all are made anew. */
const BATCH = 500
/** What could not be sent while Redis was there is admitted after this, together with what follows. */
const NOTICE_MS = 1_000

/** What one session listens to. Ending may overtake beginning. */
const createListening = (channelOf: (topic: string) => string) => {
  let owner: RedisSession | undefined
  let listening = new Map<string, Promise<number>>()

  const begin = async (session: RedisSession, topic: string): Promise<void> => {
    const begun = listening.get(topic) ?? session.subscribe(channelOf(topic))
    listening.set(topic, begun)
    await begun
  }

  return {
    begin,
    end: (topic: string): void => {
      const session = owner
      void listening.get(topic)?.then((id) => session?.unsubscribe(id))
      listening.delete(topic)
    },
    /** Listens to all topics in another session, also to those that are added meanwhile. */
    move: async (session: RedisSession, topics: ReadonlySet<string>): Promise<void> => {
      owner = session
      listening = new Map()
      while (owner === session) {
        const missing = [...topics].filter((topic) => !listening.has(topic)).slice(0, BATCH)
        if (missing.length === 0) return
        await Promise.all(missing.map((topic) => begin(session, topic)))
      }
    },
  }
}

/** What was not sent: the others must look at the store as soon as they can be told. `tell` returns undefined while they cannot. */
const createLosses = (clock: Clock, drops: Drops, tell: () => Promise<void> | undefined) => {
  let owesGap = false
  let cancelNotice: Cancel = () => {}

  const admit = (): void => {
    cancelNotice()
    const told = owesGap ? tell() : undefined
    if (!told) return
    owesGap = false
    told.catch(() => lose('notice of losses'))
  }

  const lose = (kind: string): void => {
    drops.count(kind)
    if (owesGap) return
    owesGap = true
    cancelNotice = clock.after(NOTICE_MS, admit)
  }

  return { lose, admit, close: () => cancelNotice() }
}

/** Whether Redis takes writes, as the canary finds. Says in the log when that changes. */
const createWritability = (log: Log) => {
  let refusal: string | undefined
  return {
    onWriting: (found: string | undefined): void => {
      if (found !== undefined && refusal === undefined)
        log.error({ reason: found }, 'Redis answers, but takes no writes')
      if (found === undefined && refusal !== undefined) log.info('Redis takes writes again')
      refusal = found
    },
    /** Throws SERVICE_UNAVAILABLE when it takes none. */
    require: (): void => {
      if (refusal === undefined) return
      const reason = refusal.startsWith('OOM') ? 'it is full' : (refusal.match(/^[A-Z]+/)?.[0] ?? 'it does not say why')
      throw new AppError('SERVICE_UNAVAILABLE', `Redis answers, but takes no writes (${reason}).`)
    },
  }
}

/** What the canary says is true only of a connection that lasts. */
const countLag = (stats: BusStats) => ({
  onReturn: (lagMs: number): void => {
    stats.lagMs = lagMs
  },
  onLost: (): void => {
    stats.losses += 1
    stats.lagMs = undefined
  },
})

/**
 * The link of several nodes, through Redis pub/sub. What a node sends it hears at once itself, also while Redis is away; the
 * others hear it through Redis. So two nodes can hear two events in different orders: followers go by revisions.
 *
 * While Redis is away, `listen` resolves at once: a gap is told when Redis is back and every topic is heard again.
 */
export const createRedisLink =
  (options: RedisLinkOptions): OpenLink =>
  (receiver) =>
    openRedisLink(options, receiver)

const openRedisLink = (options: RedisLinkOptions, receiver: Receiver): Link => {
  const { address, ca, prefix, database, clock, log, canaryMs = CANARY_MS, stats = createBusStats() } = options
  const node = newEpoch()
  const lostChannel = `${prefix}lost`
  const { onReturn, onLost } = countLag(stats)
  const canary = { channel: `${prefix}canary:${node}`, ms: canaryMs, onReturn }
  const drops = createDrops(log, stats.drops)
  const topics = new Set<string>()
  const losses = createLosses(clock, drops, () => connection.live()?.publish(lostChannel, null))

  const busPrefix = `${prefix}bus:`
  const channelOf = (topic: string): string => busPrefix + topic
  const listening = createListening(channelOf)

  const hear = (topic: string, envelope: Envelope | undefined): void => {
    stats.received += 1
    const event = envelope?.event
    if (event !== undefined && receiver.foreign(topic, event)) return
    if (event !== undefined) drops.count('not an event of its topic')
    receiver.gap(topic)
  }
  const onMessage = (channel: string, envelope: Envelope | undefined): void => {
    if (envelope?.node === node) return
    if (channel === lostChannel) receiver.gap()
    else hear(channel.slice(busPrefix.length), envelope)
  }

  const { onWriting, require: requireWrites } = createWritability(log)
  const onForeign = (): void => drops.count('another database')
  const shared = { address, ca, node, database, clock, canary, onMessage, onDefect: drops.count, onForeign, onWriting }
  const connection = openReconnecting({
    clock,
    log,
    open: (onEnd) => openRedisSession({ ...shared, onEnd }),
    onLost,
    prepare: async (session) => {
      await session.subscribe(lostChannel)
      await listening.move(session, topics)
    },
    onLive: (isReturn) => {
      losses.admit()
      if (isReturn) receiver.gap()
    },
  })

  return {
    send: (topic, event) => {
      if (topics.has(topic)) receiver.message(topic, event)
      const session = connection.live()
      if (session) session.publish(channelOf(topic), event).catch(() => losses.lose('not sent'))
      else losses.lose('sent while Redis was away')
    },
    listen: async (topic) => {
      topics.add(topic)
      const session = connection.live()
      // A session that ends never answers; then the gap that follows makes up for it.
      await (session ? connection.untilOver(listening.begin(session, topic)) : connection.tried)
    },
    unlisten: (topic) => {
      topics.delete(topic)
      listening.end(topic)
    },
    ping: async () => {
      if (!connection.live()) throw new AppError('SERVICE_UNAVAILABLE', 'Messages do not pass through Redis.')
      requireWrites()
    },
    close: async () => {
      losses.close()
      connection.close()
      drops.report()
    },
  }
}
