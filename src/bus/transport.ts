import type { Envelope, Malformed } from './envelope.ts'

/** A message that was received on a channel. */
export interface Received {
  readonly channel: string
  readonly message: Envelope | Malformed
}

export interface TransportOptions {
  /** The id of this node, which is part of the names of its connections, for operators. */
  readonly node: string
  /** The beginning of the names of channels for test messages, which only this node uses. */
  readonly canary: string
}

/** Sends and receives texts on named channels. It has the methods of `PubSub` in graphql-subscriptions. */
export interface PubSub {
  /** Resolves when messages on the channel are received, to an id for `unsubscribe`. Never settles when the transport ends before. */
  subscribe(channel: string, receive: (received: Received) => void): Promise<number>
  /** Stops receiving messages of a subscription, by its id. */
  unsubscribe(id: number): void
  /** Resolves when the other side has the text. Rejects when that is not known. */
  publish(channel: string, text: string): Promise<void>
}

/**
 * The connections to other nodes, or to a server between them. A transport never reconnects: if it did, nobody would notice that messages
 * were lost meanwhile.
 */
export interface Transport {
  readonly pubsub: PubSub
  /** Connects. Resolves to the channels for test messages: when these pass on all of them, messages pass everywhere. */
  connect(): Promise<readonly string[]>
  /** Tests whether the server of a channel takes writes. Rejects with the server's error when it does not. */
  write(channel: string): Promise<unknown>
  /** Closes all connections. */
  disconnect(): void
}

/** Opens the connections of a transport. `onEnd` is called with the reason when messages may be lost from now on. */
export type OpenTransport = (options: TransportOptions, onEnd: (reason: unknown) => void) => Transport
