/** Where a link hands over what it receives. */
export interface Receiver {
  /** A message of this node to a topic that is listened to. It comes at most once. */
  message(topic: string, message: unknown): void
  /**
   * A message from another node, where it may be anything. False when it is no event of the topic: then it reached nobody, and a gap must
   * follow.
   */
  fromOtherNode(topic: string, message: unknown): boolean
  /**
   * Messages may have been lost since the last one, of this topic or of all: followers must look at the store.
   */
  gap(topic?: string): void
}

/** Carries messages between nodes, at most once. Knows topics by name only, and no subscriber. */
export interface Link {
  /** Sends to every node that listens, this one included. Never throws; what cannot be sent is lost, and logged. */
  send(topic: string, message: unknown): void
  /** Resolves once messages to the topic reach the receiver, or a gap is sure to follow when they do. */
  listen(topic: string): Promise<void>
  /** Ends listening. */
  unlisten(topic: string): void
  /** Resolves when messages really pass; rejects when they do not. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Makes a link that reports to `receiver`. */
export type OpenLink = (receiver: Receiver) => Link
