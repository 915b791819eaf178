import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import { createDrops, type Drops } from './drops.ts'
import type { Envelope } from './envelope.ts'
import type { Link, OpenLink, Receiver } from './link.ts'
import { type LinkSession, openLinkSession } from './link-session.ts'
import { openReconnecting } from './reconnecting.ts'
import type { OpenTransport } from './transport.ts'

/** What every link over a network is opened with, whatever carries its messages. */
export interface LinkOptions {
  /** Begins every channel: nodes with the same one belong together. */
  readonly prefix: string
  /** Names the database of this node: what nodes with another one publish is dropped. */
  readonly database: string
  readonly clock: Clock
  readonly log: Log
  /** How often it is tried whether messages really pass, in milliseconds. After two without an answer the transport is given up. */
  readonly canaryMs?: number
  /** Where to count. */
  readonly stats?: BusStats
}

export interface RemoteLinkOptions extends LinkOptions {
  /** What carries the messages, for operators. */
  readonly name: string
  readonly openTransport: OpenTransport
  /** In a few words for operators: why it takes no writes, by its own words. */
  readonly explainRefusal: (refusal: string) => string
}

const CANARY_MS = 5_000
/** Subscriptions under way at a time when all are made anew. */
const BATCH = 500
/** What could not be sent over a transport that was live is admitted after this, together with what follows. */
const NOTICE_MS = 1_000

/** What one session listens to. Ending may overtake beginning. */
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
    /** Listens to all topics in another session, also to those that are added meanwhile. */
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

/** What was not sent: the others must look at the store as soon as that can be published. `publish` returns undefined while it cannot. */
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

/** Whether what carries the messages takes writes, as the canary finds. Says in the log when that changes. */
function createWritability({ name, log, explainRefusal }: RemoteLinkOptions) {
  let refusal: string | undefined
  return {
    onWriting: (found: string | undefined): void => {
      if (found !== undefined && refusal === undefined)
        log.error({ reason: found }, `${name} answers, but takes no writes`)
      if (found === undefined && refusal !== undefined) log.info(`${name} takes writes again`)
      refusal = found
    },
    /** Throws SERVICE_UNAVAILABLE when it takes none. */
    require: (): void => {
      if (refusal === undefined) return
      const message = `${name} answers, but takes no writes (${explainRefusal(refusal)}).`
      throw new AppError('SERVICE_UNAVAILABLE', message)
    },
  }
}

/** What the canary says is true only of a connection that lasts. */
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
 * The link of several nodes over a transport. What a node publishes it receives at once itself, also while the transport is away; the
 * others receive it through that. So two nodes can receive two events in different orders: followers go by revisions.
 *
 * While the transport is away, `listen` resolves at once: a gap follows when it is back and every topic is received again.
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
      // A session that ends never answers; then the gap that follows makes up for it.
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
