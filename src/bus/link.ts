/** The callbacks of a link for messages that it receives. */
export interface Receiver {
  /** Called with a message that this node has sent, at most once, when this node listens to the topic. */
  message(topic: string, message: unknown): void
  /**
   * Called with a message of another node, which may be of any shape. Returns false when it is no event of the topic. Then no listener has
   * received it, and the link must call `gap`.
   */
  fromOtherNode(topic: string, message: unknown): boolean
  /** Called when messages of a topic, or of all topics, may have been lost since the last one. Listeners must read the store. */
  gap(topic?: string): void
}

/** Carries messages between nodes, each at most once. It knows topics only by their names. */
export interface Link {
  /**
   * Sends to every node that listens to the topic, this one included. Never throws: a message that cannot be sent is lost, counted and
   * logged.
   */
  send(topic: string, message: unknown): void
  /** Resolves once messages to the topic reach the receiver, or a gap is sure to follow when they do. */
  listen(topic: string): Promise<void>
  /** Stops receiving messages to the topic. */
  unlisten(topic: string): void
  /** Resolves when messages pass between nodes. Rejects with SERVICE_UNAVAILABLE when they do not. */
  ping(): Promise<void>
  /** Closes the connections. Nothing is received any more. */
  close(): Promise<void>
}

/** Opens a link that calls `receiver` with the messages that it receives. */
export type OpenLink = (receiver: Receiver) => Link
