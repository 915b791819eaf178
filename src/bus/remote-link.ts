import type { Cancel, Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import type { Envelope } from './envelope.ts'
import type { Link, OpenLink, Receiver } from './link.ts'
import { type LinkSession, openLinkSession } from './link-session.ts'
import { openReconnecting } from './reconnecting.ts'
import type { OpenTransport } from './transport.ts'

/**
 * Counts dropped messages of the bus. They can be too many for the log, which gets only the first of each kind, and all counts at the end.
 */
export interface Drops {
  /** Counts a dropped message, and logs it when it is the first of its kind. Kinds are a small closed set, such as `not JSON`. */
  count(kind: string): void
  /** Logs the counts of all kinds, if there are any. For when the bus is closed. */
  report(): void
}

/** A `Drops` that counts in `counter`. */
export function createDrops(log: Log, counter: Counter): Drops {
  const known = new Set<string>()
  return {
    count: (kind) => {
      counter.add(kind)
      if (known.has(kind)) return
      known.add(kind)
      log.warn({ kind }, 'a message of the bus was dropped; more of this kind are only counted')
    },
    report: () => {
      const dropped = Object.fromEntries(counter.entries())
      if (known.size > 0) log.info({ dropped }, 'messages of the bus that were dropped')
    },
  }
}

/** Options of every link over a network, whatever carries its messages. */
export interface LinkOptions {
  /** The beginning of the name of every channel. Nodes with the same prefix belong together. */
  readonly prefix: string
  /** The id of the database of this node. Messages of nodes with another database are dropped. */
  readonly database: string
  readonly clock: Clock
  readonly log: Log
  /**
   * How often test messages are sent, in milliseconds; 5 seconds when left out. When none comes back for twice as long, it connects anew.
   */
  readonly canaryMs?: number
  /** The stats to update, for metrics. */
  readonly stats?: BusStats
}

export interface RemoteLinkOptions extends LinkOptions {
  /** The name of the other side in texts for operators: `Redis`. */
  readonly name: string
  readonly openTransport: OpenTransport
  /** Says in a few words for operators why it takes no writes. `refusal` is its error text. */
  readonly explainRefusal: (refusal: string) => string
}

const CANARY_MS = 5_000
/** How many subscriptions are under way at a time when all are made again in a new session. */
const BATCH = 500
/** When a message could not be sent, a notice of that is published after this time. One notice counts for all messages until then. */
const NOTICE_MS = 1_000

/** The topics that the present session listens to. A topic can be ended while its subscription is still under way. */
function createListening(channelOf: (topic: string) => string) {
  let owner: LinkSession | undefined
  let listening = new Map<string, Promise<number>>()

  const begin = async (session: LinkSession, topic: string): Promise<void> => {
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
    /** Subscribes to all topics in a new session, also to those that are added meanwhile. */
    move: async (session: LinkSession, topics: ReadonlySet<string>): Promise<void> => {
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

/**  */
function createLosses(clock: Clock, drops: Drops, publish: () => Promise<void> | undefined) {
  let owesGap = false
  let cancelNotice: Cancel = () => {}

  const admit = (): void => {
    cancelNotice()
    const published = owesGap ? publish() : undefined
    if (!published) return
    owesGap = false
    published.catch(() => lose('notice of losses'))
  }

  const lose = (kind: string): void => {
    drops.count(kind)
    if (owesGap) return
    owesGap = true
    cancelNotice = clock.after(NOTICE_MS, admit)
  }

  return { lose, admit, close: () => cancelNotice() }
}

/** Knows from test writes whether Redis takes writes, and logs when that changes. */
function createWritability({ name, log, explainRefusal }: RemoteLinkOptions) {
  let refusal: string | undefined
  return {
    onWriting: (found: string | undefined): void => {
      if (found !== undefined && refusal === undefined)
        log.error({ reason: found }, `${name} answers, but takes no writes`)
      if (found === undefined && refusal !== undefined) log.info(`${name} takes writes again`)
      refusal = found
    },
    /** Throws SERVICE_UNAVAILABLE when writes are not taken. */
    require: (): void => {
      if (refusal === undefined) return
      const message = `${name} answers, but takes no writes (${explainRefusal(refusal)}).`
      throw new AppError('SERVICE_UNAVAILABLE', message)
    },
  }
}

/** Keeps the lag of test messages in the stats, and clears it when the connection is lost, since it is no longer true then. */
function countLag(stats: BusStats) {
  return {
    onReturn: (lagMs: number): void => {
      stats.lagMs = lagMs
    },
    onLost: (): void => {
      stats.losses += 1
      stats.lagMs = undefined
    },
  }
}

/**
 * A link between several nodes, over a transport. A node receives its own messages at once, also while the transport is away. Other nodes
 * receive them through the transport. So two nodes can receive two events in different orders, and listeners have to go by their revisions.
 *
 * While the transport is away, `listen` does not wait for it: when it is back and every topic is received again, a gap follows.
 */
export function createRemoteLink(options: RemoteLinkOptions): OpenLink {
  return (receiver) => openRemoteLink(options, receiver)
}

function openRemoteLink(options: RemoteLinkOptions, receiver: Receiver): Link {
  const { name, openTransport, prefix, database, clock, log, canaryMs = CANARY_MS, stats = createBusStats() } = options
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

  const receive = (topic: string, envelope: Envelope | undefined): void => {
    stats.received += 1
    const event = envelope?.event
    if (event !== undefined && receiver.fromOtherNode(topic, event)) return
    if (event !== undefined) drops.count('not an event of its topic')
    receiver.gap(topic)
  }
  const onMessage = (channel: string, envelope: Envelope | undefined): void => {
    if (envelope?.node === node) return
    if (channel === lostChannel) receiver.gap()
    else receive(channel.slice(busPrefix.length), envelope)
  }

  const { onWriting, require: requireWrites } = createWritability(options)
  const onForeign = (): void => drops.count('another database')
  const own = { name, openTransport, node, database, clock, canary }
  const told = { onMessage, onDefect: drops.count, onForeign, onWriting }
  const connection = openReconnecting({
    name,
    clock,
    log,
    open: (onEnd) => openLinkSession({ ...own, ...told, onEnd }),
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
      else losses.lose(`sent while ${name} was away`)
    },
    listen: async (topic) => {
      topics.add(topic)
      const session = connection.live()
      // A session that ends never answers. The gap after the next one is live makes up for that.
      await (session ? connection.untilOver(listening.begin(session, topic)) : connection.tried)
    },
    unlisten: (topic) => {
      topics.delete(topic)
      listening.end(topic)
    },
    ping: async () => {
      if (!connection.live()) throw new AppError('SERVICE_UNAVAILABLE', `Messages do not pass through ${name}.`)
      requireWrites()
    },
    close: async () => {
      losses.close()
      connection.close()
      drops.report()
    },
  }
}
