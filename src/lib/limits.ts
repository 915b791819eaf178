/** How much Herald accepts. Each has a configuration key and a line in the README. */
export interface Limits {
  /** Bytes of a message or of the body of a notification. */
  readonly messageBytes: number
  /** Bytes of `data`, written as JSON. */
  readonly dataBytes: number
  /** Users that one call can address. */
  readonly recipients: number
  /** Ids that one call can name. */
  readonly ids: number
  /** Entries of a page. */
  readonly pageSize: number
  /** Users whose presence one call can ask for. */
  readonly presenceIds: number
  /** Participants of a ticket. */
  readonly participants: number
  /** Customers, and as many of the staff, that the presence of a ticket names. */
  readonly ticketViewers: number
  /** Where unread counts stop. */
  readonly unreadCap: number
  /** Bytes of an HTTP body, a WebSocket message or a command from Redis. */
  readonly requestBytes: number
  /** Lexical tokens of a document. */
  readonly documentTokens: number
  /** Levels of fields in a document. */
  readonly documentDepth: number
  /** Aliases in a document. */
  readonly documentAliases: number
  /** Subscriptions that a socket can have at a time. */
  readonly subscriptionsPerSocket: number
  /** Sockets that a user can have on a node. */
  readonly socketsPerUser: number
  /** Positions that are kept of a user, so that subscriptions can be continued. */
  readonly positionsPerUser: number
  /** Operations per second and socket; twice as many in a burst. */
  readonly operationsPerSecond: number
  /** New connections per second on a node; twice as many in a burst. */
  readonly connectionsPerSecond: number
  /** Commands from the quick door that a node has under way; it leaves more to other nodes. */
  readonly quickCommands: number
  /** Rejected commands that are kept. */
  readonly deadCommands: number
  /** Handshakes of WebSockets under way at a time on a node, each until it is acknowledged. */
  readonly handshakes: number
  /** Further handshakes that wait for their turn. */
  readonly waitingHandshakes: number
  /** How long a handshake waits for its turn, in milliseconds. */
  readonly handshakeWaitMs: number
}

/** What holds when nothing is configured. */
export const DEFAULT_LIMITS: Limits = {
  messageBytes: 64 * 1024,
  dataBytes: 16 * 1024,
  recipients: 10_000,
  ids: 1_000,
  pageSize: 100,
  presenceIds: 100,
  participants: 100,
  ticketViewers: 50,
  unreadCap: 99,
  requestBytes: 1024 * 1024,
  documentTokens: 2_000,
  documentDepth: 12,
  documentAliases: 30,
  subscriptionsPerSocket: 100,
  socketsPerUser: 20,
  positionsPerUser: 1_000,
  operationsPerSecond: 100,
  connectionsPerSecond: 2_000,
  quickCommands: 1_000,
  deadCommands: 10_000,
  handshakes: 1_000,
  waitingHandshakes: 4_000,
  handshakeWaitMs: 5_000,
}

/** How long what has had its time is kept, in days. */
export interface Retention {
  /** Read or archived notifications, since then. */
  readonly readDays: number
  /** Traces of expired and retracted notifications, so that devices that were away learn of it. */
  readonly removedDays: number
}

/** What holds when nothing is configured. */
export const DEFAULT_RETENTION: Retention = { readDays: 90, removedDays: 30 }

/** The rhythm of typing indicators, in milliseconds. */
export interface TypingTimes {
  /** Clients say again that they type after this. */
  readonly resendMs: number
  /** Clients say that they stopped after this long without a key. */
  readonly idleStopMs: number
  /** The server ends an indicator after this. */
  readonly expiryMs: number
  /** The server passes on at most one per device in this time. */
  readonly throttleMs: number
}

/** What holds when nothing is configured. */
export const DEFAULT_TYPING: TypingTimes = { resendMs: 3_000, idleStopMs: 5_000, expiryMs: 8_000, throttleMs: 1_000 }
