import type { Message } from '../load/redis-publisher.ts'

/** The two ways in which events reach many: one ticket that all follow, or everyone's own notifications. */
export type Kind = 'ticket' | 'users'

/** A step of a greeting: what a client says, then what it waits to receive a part of. */
export interface Step {
  readonly say?: string
  readonly receive?: string
}

/** Where a server and its Redis are. */
export interface Place {
  /** Of the endpoint over HTTP, for commands. */
  readonly url: string
  readonly redisUrl: string
  /** Begins the server's channels, where it lets that be chosen. */
  readonly prefix: string
}

/** What one event says, the same for every peer. */
export interface Content {
  /** Counts the events of its topic: 1, 2, 3 … */
  readonly number: number
  readonly body: string
}

/** Makes the events of a run. A ticket is topic 0; the inbox of each user is the topic of that number. */
export interface Source {
  /** The message that another node of the same product, or a backend, would publish. */
  event(topic: number, content: Content): Message
  /** Has the product itself store an event and tell of it, in one topic or in all of them; undefined: it stores nothing. */
  store?(topic: number | 'all', content: Content): Promise<void>
  /** What came of it at a client. */
  learn?(client: number, text: string): void
}

/** A server under test, and how a client talks to it. */
export interface Peer {
  readonly id: string
  readonly name: string
  /** The module that is started, in `bench/servers/`. */
  readonly module: string
  /** What its own start command tells Node. */
  readonly nodeOptions?: string
  /** Where a WebSocket connects. */
  readonly path: string
  readonly protocol: string
  /** Events are stored, and clients that come back get what they missed. */
  readonly stores: boolean
  /** What client number `index` does once connected; the last step subscribes. */
  greet(kind: Kind, index: number): Promise<readonly Step[]>
  /** What a client answers to a message that is no event; undefined: nothing. */
  answer(text: string): string | undefined
  open(kind: Kind, clients: number, place: Place): Promise<Source>
}

export const TICKET = 't'

/** The user that client number `index` is. */
export function userId(index: number): string {
  return `user-${index}`
}

/** The author of every event. */
export const AUTHOR = { id: 'bench', role: 'BACKEND', name: 'Bench' } as const
