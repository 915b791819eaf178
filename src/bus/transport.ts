import type { Envelope, Malformed } from './envelope.ts'

/** What came on a channel. */
export interface Received {
  readonly channel: string
  readonly message: Envelope | Malformed
}

export interface TransportOptions {
  /** Names the connections, for operators. */
  readonly node: string
  /** Begins the names of channels of this node's own. */
  readonly canary: string
}

/** Texts on named channels, as a library of the kind of graphql-subscriptions sends and receives them. */
export interface PubSub {
  /** Resolves when messages on the channel are received, to what ends that; never when the transport ends before. */
  subscribe(channel: string, receive: (received: Received) => void): Promise<number>
  unsubscribe(id: number): void
  /** Resolves when the text is on its way for good; rejects when that is not known. */
  publish(channel: string, text: string): Promise<void>
}

/** The connections to other nodes, or to a server between them. What is gone stays gone: one that came back by itself would hide that messages were lost. */
export interface Transport {
  readonly pubsub: PubSub
  /** Connects. Resolves to the channels that must be tried to know that messages pass everywhere. */
  connect(): Promise<readonly string[]>
  /** Tries whether what carries the channel takes writes. Rejects with its own words when it does not. */
  write(channel: string): Promise<unknown>
  disconnect(): void
}

/** Opens connections, once; `onEnd` is told when messages may be lost from now on. */
export type OpenTransport = (options: TransportOptions, onEnd: (reason: unknown) => void) => Transport
