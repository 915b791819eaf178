/** Where a link hands over what it hears. */
export interface Receiver {
  /** A message to a topic that is listened to. Each node hears it at most once. */
  message(topic: string, message: unknown): void
  /**
   * The same from outside of this process, where it may be anything. False when it is no event of the topic: then nobody was told,
   * and a gap must follow.
   */
  foreign(topic: string, message: unknown): boolean
  /**
   * Messages may have been lost since the last one, of this topic or of all: whoever follows something must look at the
   * store.
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
