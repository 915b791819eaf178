import type { z } from 'zod'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type BusStats, createBusStats } from './bus-stats.ts'
import type { Link, OpenLink } from './link.ts'

/** A name under which events of one type are told. */
export interface Topic<Event> {
  readonly name: string
  /** What its events look like, for those that come from another node. */
  readonly schema: z.ZodType<Event>
}

/** Names a topic. Make the schema once, not with each topic. */
export const topic = <Event>(name: string, schema: z.ZodType<Event>): Topic<Event> => ({ name, schema })

export interface Listener<Event> {
  /** Something happened. Events are shared by all listeners: never change one. */
  event(event: Event): void
  /** Events may have been missed: look at the store. */
  gap(): void
  /**
   * Of a topic that is named after a lane: the revision up to which the listener knows everything; Infinity when it is going
   * to look at the store anyway.
   */
  position?(): number
}

export interface Subscription {
  /** Resolves once everything published from now on is heard, or a gap is sure to be told. */
  readonly live: Promise<void>
  /** Stops listening at once. Ending twice does nothing. */
  end(): void
}

/** Tells every node what just happened, at most once: the store is the truth, the bus the bell. */
export interface Bus {
  /** Tells all listeners. Call it after the commit, never before. */
  publish<Event>(topic: Topic<Event>, event: Event): void
  subscribe<Event>(topic: Topic<Event>, listener: Listener<Event>): Subscription
  /** How far the listeners of each topic are: the lowest position of those that have one. */
  positions(): ReadonlyMap<string, number>
  /** Tells the listeners of a topic that they may have missed events. */
  gap(topic: string): void
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
  readonly schema: z.ZodType
  readonly listeners: Set<Listener<unknown>>
  readonly live: Promise<void>
  cancelLinger: Cancel | undefined
}

const DEFAULT_LINGER_MS = 5_000

/** Fans out on this node, with one link subscription per topic however many listen. */
export const createBus = ({
  openLink,
  clock,
  log,
  lingerMs = DEFAULT_LINGER_MS,
  stats = createBusStats(),
}: BusOptions): Bus => {
  const channels = new Map<string, Channel>()

  const tell = (listener: Listener<unknown>, call: (listener: Listener<unknown>) => void): void => {
    try {
      call(listener)
    } catch (err) {
      log.error({ err }, 'a listener of the bus failed')
    }
  }

  const tellGap = (missed: readonly (Channel | undefined)[]): void => {
    stats.gaps += 1
    for (const channel of missed) for (const listener of channel?.listeners ?? []) tell(listener, (l) => l.gap())
  }

  const message = (name: string, event: unknown): void => {
    for (const listener of channels.get(name)?.listeners ?? []) tell(listener, (l) => l.event(event))
  }

  const link: Link = openLink({
    message,
    foreign: (name, something) => {
      if (channels.get(name)?.schema.safeParse(something).success === false) return false
      message(name, something)
      return true
    },
    gap: (name) => tellGap(name === undefined ? [...channels.values()] : [channels.get(name)]),
  })

  const openChannel = ({ name, schema }: Topic<unknown>): Channel => {
    const channel: Channel = { schema, listeners: new Set(), live: link.listen(name), cancelLinger: undefined }
    // Whoever waits for `live` sees the failure; a subscription that nobody waits for must not end the process.
    channel.live.catch((err: unknown) => log.warn({ err, topic: name }, 'could not listen to a topic'))
    channels.set(name, channel)
    stats.topics = channels.size
    return channel
  }

  const leave = (name: string, channel: Channel): void => {
    if (channel.listeners.size > 0) return
    channel.cancelLinger = clock.after(lingerMs, () => {
      channels.delete(name)
      stats.topics = channels.size
      link.unlisten(name)
    })
  }

  return {
    publish: ({ name }, event) => {
      stats.published += 1
      link.send(name, event)
    },
    subscribe: (topic, listener) => {
      const { name } = topic
      const channel = channels.get(name) ?? openChannel(topic)
      channel.cancelLinger?.()
      // Wrapped, so that one listener object may subscribe twice.
      const own = { ...listener } as Listener<unknown>
      channel.listeners.add(own)
      return {
        live: channel.live,
        end: () => {
          if (channel.listeners.delete(own)) leave(name, channel)
        },
      }
    },
    positions: () => {
      const lowest = new Map<string, number>()
      for (const [name, { listeners }] of channels) {
        for (const { position } of listeners) {
          if (position) lowest.set(name, Math.min(position(), lowest.get(name) ?? Number.POSITIVE_INFINITY))
        }
      }
      return lowest
    },
    gap: (name) => tellGap([channels.get(name)]),
    ping: () => link.ping(),
    close: async () => {
      for (const { cancelLinger } of channels.values()) cancelLinger?.()
      channels.clear()
      await link.close()
    },
  }
}
