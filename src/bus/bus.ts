import type { z } from 'zod'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { SmallSet } from '../lib/small-set.ts'
import type { StreamPlace } from '../storage/stream-terms.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import type { Link, OpenLink } from './link.ts'
import { highestPlaces } from './places.ts'

/** A name under which events of one type are published. */
export interface Topic<Event> {
  readonly name: string
  /** What its events look like, for those that come from another node. */
  readonly schema: z.ZodType<Event>
}

/** Names a topic. Make the schema once, not with each topic. */
export function topic<Event>(name: string, schema: z.ZodType<Event>): Topic<Event> {
  return { name, schema }
}

/** How something listens to a topic: of many listeners of one kind, each with a `self` of its own, there need be only one. */
export interface Listener<Event, Self = void> {
  /** Something happened. Events are shared by all listeners: never change one. */
  event(event: Event, self: Self): void
  /** Events may have been missed: look at the store. */
  gap(self: Self): void
  /**
   * Of a topic that is named after a stream: the revision up to which the listener knows everything; Infinity when it is going
   * to look at the store anyway.
   */
  revision?(self: Self): number
  /** The same, as places of the stream, of which a database that has gone back in time knows nothing; none while it is going to look. */
  places?(self: Self): readonly StreamPlace[]
}

export interface Subscription {
  /** Resolves once everything published from now on is received, or a gap is sure to follow. */
  readonly live: Promise<void>
  /** Stops listening at once. Ending twice does nothing. */
  end(): void
}

/** Resolves when all of them are live; nothing is made for a single one, which most have. */
export function allLive(subscriptions: readonly Subscription[]): Promise<unknown> {
  const [first, ...others] = subscriptions
  return others.length === 0 && first ? first.live : Promise.all(subscriptions.map(({ live }) => live))
}

/** Publishes what just happened to every node, at most once. The store is the truth; an event says that it has changed. */
export interface Bus {
  /** All listeners receive the event. Call it after the commit, never before. */
  publish<Event>(topic: Topic<Event>, event: Event): void
  /** Listens until the subscription ends. `self` is handed to the listener with each call. */
  subscribe<Event>(topic: Topic<Event>, listener: Listener<Event>): Subscription
  subscribe<Event, Self>(topic: Topic<Event>, listener: Listener<Event, Self>, self: Self): Subscription
  /** How far the listeners of each topic are: the lowest revision of those that have one. */
  revisions(): ReadonlyMap<string, number>
  /** Where the listeners of each topic are: of each epoch and term the highest place. */
  places(): ReadonlyMap<string, readonly StreamPlace[]>
  /** The listeners of a topic, or of all, may have missed events. */
  gap(topic?: string): void
  /** Resolves when events really pass; rejects when they do not. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface BusOptions {
  readonly openLink: OpenLink
  readonly clock: Clock
  readonly log: Log
  /** How long the link keeps listening after the last listener has gone: clients often come back at once. */
  readonly lingerMs?: number
  /** Where to count. */
  readonly stats?: BusStats
}

interface Channel {
  readonly name: string
  readonly schema: z.ZodType
  readonly listening: SmallSet<Listening>
  readonly live: Promise<void>
  /** Called when a listener has left. */
  readonly onLeave: (channel: Channel) => void
  cancelLinger: Cancel | undefined
}

/** A listener of a topic, until it ends. */
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

/** Fans out on this node, with one link subscription per topic however many listen. */
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
      // What comes just after the last listener has left is no defect.
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
    // Whoever waits for `live` sees the failure; a subscription that nobody waits for must not end the process.
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
