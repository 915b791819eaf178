import type { z } from 'zod'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { SmallSet } from '../lib/small-set.ts'
import type { StreamPlace } from '../storage/stream-terms.ts'
import { highestPlaces } from '../storage/stream-terms.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import type { Link, OpenLink } from './link.ts'

/** A name under which events of one type are published, such as `user:ann`. */
export interface Topic<Event> {
  readonly name: string
  /** Checks events that come from another node. */
  readonly schema: z.ZodType<Event>
}

/** A topic of this name. Share one schema between topics: to make one for each costs much. */
export function topic<Event>(name: string, schema: z.ZodType<Event>): Topic<Event> {
  return { name, schema }
}

/** The callbacks of a subscriber of a topic. Many subscribers can share one listener object, each with a `self` of its own. */
export interface Listener<Event, Self = void> {
  /** Called with each event of the topic. All listeners get the same object: never change it. */
  event(event: Event, self: Self): void
  /** Called when events may have been missed. The listener then has to read the store. */
  gap(self: Self): void
  /**
   * For a topic of a stream: the revision up to which the listener has every change. Infinity when it is going to read the store anyway.
   */
  revision?(self: Self): number
  /**
   * For a topic of a stream: up to where the listener has every change, with epoch and term. So a database that has gone back in time is
   * found to lack them. Empty while the listener is going to read the store.
   */
  places?(self: Self): readonly StreamPlace[]
}

/** The subscription of one listener to a topic. */
export interface Subscription {
  /** Resolves once everything published from now on is received, or a gap is sure to follow. */
  readonly live: Promise<void>
  /** Stops listening at once. Calling it again does nothing. */
  end(): void
}

/** Resolves when all these subscriptions are live. For a single one it is that one's own promise, which saves memory. */
export function allLive(subscriptions: readonly Subscription[]): Promise<unknown> {
  const [first, ...others] = subscriptions
  return others.length === 0 && first ? first.live : Promise.all(subscriptions.map(({ live }) => live))
}

/**
 * Publishes events to every node. Each is received once or not at all: the store is the truth, and an event only says that it has changed.
 */
export interface Bus {
  /** Sends an event to all listeners of a topic, on all nodes. Call it after the commit of the transaction, never before. */
  publish<Event>(topic: Topic<Event>, event: Event): void
  /** Calls the listener with each event of a topic, until the subscription is ended. `self` is handed to the listener with each call. */
  subscribe<Event>(topic: Topic<Event>, listener: Listener<Event>): Subscription
  subscribe<Event, Self>(topic: Topic<Event>, listener: Listener<Event, Self>, self: Self): Subscription
  /** By topic: the lowest `Listener.revision` of its listeners on this node. Topics whose listeners have none are left out. */
  revisions(): ReadonlyMap<string, number>
  /** By topic: the highest `Listener.places` of its listeners on this node, one for each epoch and term. */
  places(): ReadonlyMap<string, readonly StreamPlace[]>
  /** Calls `gap` of the listeners of a topic on this node, or of all topics, because they may have missed events. */
  gap(topic?: string): void
  /** Resolves when events pass between nodes. Rejects with SERVICE_UNAVAILABLE when they do not. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface BusOptions {
  readonly openLink: OpenLink
  readonly clock: Clock
  readonly log: Log
  /** How long a topic is still received after its last listener has gone, in milliseconds: clients often come back at once. */
  readonly lingerMs?: number
  /** The stats to update, for metrics. */
  readonly stats?: BusStats
}

interface Channel {
  readonly name: string
  readonly schema: z.ZodType
  readonly listening: SmallSet<Listening>
  readonly live: Promise<void>
  /** Called after each listener that has left. */
  readonly onLeave: (channel: Channel) => void
  cancelLinger: Cancel | undefined
}

/** A `Subscription`, as the bus keeps it for its topic. */
class Listening implements Subscription {
  readonly channel: Channel
  readonly listener: Listener<unknown, unknown>
  readonly self: unknown

  constructor(channel: Channel, listener: Listener<unknown, unknown>, self: unknown) {
    this.channel = channel
    this.listener = listener
    this.self = self
  }

  get live(): Promise<void> {
    return this.channel.live
  }

  end(): void {
    const { channel } = this
    if (channel.listening.delete(this)) channel.onLeave(channel)
  }
}

const DEFAULT_LINGER_MS = 5_000

function lowestRevisions(channels: Iterable<Channel>): ReadonlyMap<string, number> {
  const lowest = new Map<string, number>()
  for (const { name, listening } of channels) {
    for (const { listener, self } of listening.values()) {
      const revision = listener.revision?.(self)
      if (revision !== undefined) lowest.set(name, Math.min(revision, lowest.get(name) ?? Number.POSITIVE_INFINITY))
    }
  }
  return lowest
}

function placesOf(channels: Iterable<Channel>): ReadonlyMap<string, readonly StreamPlace[]> {
  const places = new Map<string, readonly StreamPlace[]>()
  for (const { name, listening } of channels) {
    const all = listening.values().flatMap(({ listener, self }) => listener.places?.(self) ?? [])
    places.set(name, highestPlaces(all))
  }
  return places
}

/** The bus of a node. However many listeners a topic has, it is received from other nodes once. */
export function createBus({
  openLink,
  clock,
  log,
  lingerMs = DEFAULT_LINGER_MS,
  stats = createBusStats(),
}: BusOptions): Bus {
  const channels = new Map<string, Channel>()

  const callEach = (channel: Channel | undefined, call: (listening: Listening) => void): void => {
    for (const listening of channel?.listening.values() ?? []) {
      try {
        call(listening)
      } catch (err) {
        log.error({ err }, 'a listener of the bus failed')
      }
    }
  }

  const gapIn = (missed: readonly (Channel | undefined)[]): void => {
    stats.gaps += 1
    for (const channel of missed) callEach(channel, ({ listener, self }) => listener.gap(self))
  }

  const gap = (name?: string): void => gapIn(name === undefined ? [...channels.values()] : [channels.get(name)])

  const receive = (channel: Channel | undefined, event: unknown): void =>
    callEach(channel, ({ listener, self }) => listener.event(event, self))

  const link: Link = openLink({
    message: (name, event) => receive(channels.get(name), event),
    fromOtherNode: (name, something) => {
      const channel = channels.get(name)
      // An event that comes just after the last listener has left is no defect.
      if (!channel) return true
      if (!channel.schema.safeParse(something).success) return false
      receive(channel, something)
      return true
    },
    gap,
  })

  const onLeave = (channel: Channel): void => {
    if (channel.listening.size > 0) return
    channel.cancelLinger = clock.after(lingerMs, () => {
      channels.delete(channel.name)
      stats.topics = channels.size
      link.unlisten(channel.name)
    })
  }

  const openChannel = ({ name, schema }: Topic<unknown>): Channel => {
    const live = link.listen(name)
    // A caller that waits for `live` sees the failure. Without one, the rejection must not end the process.
    live.catch((err: unknown) => log.warn({ err, topic: name }, 'could not listen to a topic'))
    const channel: Channel = { name, schema, listening: new SmallSet(), live, onLeave, cancelLinger: undefined }
    channels.set(name, channel)
    stats.topics = channels.size
    return channel
  }

  return {
    publish: ({ name }, event) => {
      stats.published += 1
      link.send(name, event)
    },
    subscribe: <Event, Self>(topic: Topic<Event>, listener: Listener<Event, Self>, self?: Self) => {
      const channel = channels.get(topic.name) ?? openChannel(topic)
      channel.cancelLinger?.()
      const listening = new Listening(channel, listener as Listener<unknown, unknown>, self)
      channel.listening.add(listening)
      return listening
    },
    revisions: () => lowestRevisions(channels.values()),
    places: () => placesOf(channels.values()),
    gap,
    ping: () => link.ping(),
    close: async () => {
      for (const { cancelLinger } of channels.values()) cancelLinger?.()
      channels.clear()
      await link.close()
    },
  }
}
