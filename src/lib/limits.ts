/** One limit: its configuration key, its default, and a sentence for docs/configuration.md. */
interface LimitRow {
  readonly key: string
  readonly fallback: number
  readonly meaning: string
}

/**
 * Every limit of Herald. From this table come the configuration keys, the defaults, docs/configuration.md, and the list of limits
 * that must have a test.
 */
export const LIMITS = {
  messageBytes: {
    key: 'MAX_MESSAGE_BYTES',
    fallback: 64 * 1024,
    meaning: 'Bytes of a message or of the body of a notification.',
  },
  dataBytes: { key: 'MAX_DATA_BYTES', fallback: 16 * 1024, meaning: 'Bytes of `data`, written as JSON.' },
  eventBytes: {
    key: 'MAX_EVENT_BYTES',
    fallback: 64 * 1024,
    meaning: 'Bytes of an event for the backend, about: of more that nobody saw it has the newest, and at least one.',
  },
  recipients: { key: 'MAX_RECIPIENTS', fallback: 10_000, meaning: 'Users that one call can address.' },
  ids: { key: 'MAX_IDS', fallback: 1_000, meaning: 'Ids that one call can name.' },
  pageSize: { key: 'MAX_PAGE_SIZE', fallback: 100, meaning: 'Entries of a page.' },
  presenceIds: { key: 'MAX_PRESENCE_IDS', fallback: 100, meaning: 'Users whose presence one call can ask for.' },
  participants: { key: 'MAX_PARTICIPANTS', fallback: 100, meaning: 'Participants of a ticket.' },
  ticketViewers: {
    key: 'MAX_TICKET_VIEWERS',
    fallback: 50,
    meaning: 'Customers, and as many of the staff, that the presence of a ticket names.',
  },
  attachments: { key: 'MAX_ATTACHMENTS', fallback: 10, meaning: 'Attachments of a message.' },
  reactions: { key: 'MAX_REACTIONS', fallback: 20, meaning: 'Different emoji as reactions to a message.' },
  preferences: { key: 'MAX_PREFERENCES', fallback: 200, meaning: 'Categories for which a user has preferences.' },
  unreadCap: { key: 'UNREAD_CAP', fallback: 99, meaning: 'Where unread counts stop.' },
  ticketCountCap: { key: 'TICKET_COUNT_CAP', fallback: 999, meaning: 'Where counts of tickets stop.' },
  requestBytes: {
    key: 'MAX_REQUEST_BYTES',
    fallback: 1024 * 1024,
    meaning: 'Bytes of an HTTP body, a WebSocket message or a command from Redis.',
  },
  documentTokens: { key: 'MAX_DOCUMENT_TOKENS', fallback: 2_000, meaning: 'Lexical tokens of a document.' },
  documentDepth: { key: 'MAX_DOCUMENT_DEPTH', fallback: 12, meaning: 'Levels of fields in a document.' },
  documentAliases: { key: 'MAX_DOCUMENT_ALIASES', fallback: 30, meaning: 'Aliases in a document.' },
  documentComparisons: {
    key: 'MAX_DOCUMENT_COMPARISONS',
    fallback: 10_000,
    meaning:
      'Pairs of fields in a document that have one name at one place, so that they must be compared; 16 without arguments and selections count as one.',
  },
  operationCost: {
    key: 'MAX_OPERATION_COST',
    fallback: 20_000,
    meaning: 'What an operation costs: about the rows that it reads or writes.',
  },
  answerBytes: {
    key: 'MAX_ANSWER_BYTES',
    fallback: 16 * 1024 * 1024,
    meaning:
      'Bytes of the answer to an operation, about. While more of its answers was not taken, further operations of a user wait.',
  },
  documentCacheBytes: {
    key: 'MAX_DOCUMENT_CACHE_BYTES',
    fallback: 16 * 1024 * 1024,
    meaning: 'Memory for documents of known users, so that each is read and checked once; the least used go.',
  },
  subscriptionsPerSocket: {
    key: 'MAX_SUBSCRIPTIONS_PER_SOCKET',
    fallback: 100,
    meaning: 'Subscriptions that a socket can have at a time.',
  },
  subscriptionVariableBytes: {
    key: 'MAX_SUBSCRIPTION_VARIABLE_BYTES',
    fallback: 16 * 1024,
    meaning: 'Bytes of the variables of a subscription, written as JSON.',
  },
  socketBytes: {
    key: 'MAX_SOCKET_BYTES',
    fallback: 4 * 1024 * 1024,
    meaning:
      'Memory that the operations of a socket can take: documents and variables of subscriptions, what is under way.',
  },
  userBytes: {
    key: 'MAX_USER_BYTES',
    fallback: 32 * 1024 * 1024,
    meaning: 'The same for all sockets, requests and streams of a user on a node together.',
  },
  subscriptionsPerUser: {
    key: 'MAX_SUBSCRIPTIONS_PER_USER',
    fallback: 1_000,
    meaning: 'Subscriptions that a user can have at a time on a node, over all sockets and streams.',
  },
  socketsPerUser: { key: 'MAX_SOCKETS_PER_USER', fallback: 20, meaning: 'Sockets that a user can have on a node.' },
  checkpointsPerUser: {
    key: 'MAX_CHECKPOINTS_PER_USER',
    fallback: 1_000,
    meaning: 'Checkpoints of a user: subscriptions that can be continued. The oldest are given up.',
  },
  operationsPerSecond: {
    key: 'MAX_OPERATIONS_PER_SECOND',
    fallback: 100,
    meaning: 'Operations per second and socket; twice that in a burst.',
  },
  userOperationsPerSecond: {
    key: 'MAX_USER_OPERATIONS_PER_SECOND',
    fallback: 500,
    meaning:
      'Operations per second and user on a node, over WebSockets, HTTP and streams together; twice that in a burst.',
  },
  userCostPerSecond: {
    key: 'MAX_USER_COST_PER_SECOND',
    fallback: 5_000,
    meaning:
      'What the operations of a user cost per second on a node, as in `MAX_OPERATION_COST`; eight times that at once.',
  },
  writesPerMinute: {
    key: 'MAX_WRITES_PER_MINUTE',
    fallback: 600,
    meaning: 'Mutations per minute and user on a node; as many at once.',
  },
  storedBytesPerMinute: {
    key: 'MAX_STORED_BYTES_PER_MINUTE',
    fallback: 256 * 1024,
    meaning: 'Bytes of messages per minute and user on a node; four times that at once.',
  },
  ticketMessagesPerMinute: {
    key: 'MAX_TICKET_MESSAGES_PER_MINUTE',
    fallback: 1_200,
    meaning: 'Messages and edits per minute and ticket on a node, of its customers together; as many at once.',
  },
  ticketBytesPerMinute: {
    key: 'MAX_TICKET_BYTES_PER_MINUTE',
    fallback: 512 * 1024,
    meaning: 'Bytes of messages per minute and ticket on a node, of its customers together; four times that at once.',
  },
  anonymousPerSecond: {
    key: 'MAX_ANONYMOUS_PER_SECOND',
    fallback: 20,
    meaning:
      'What an address can do per second without a valid token: requests, refused tokens, broken handshakes; ten times that in a burst. Each 128 characters of a document count as one more.',
  },
  anonymousSockets: {
    key: 'MAX_ANONYMOUS_SOCKETS',
    fallback: 100,
    meaning: 'Sockets without a token that an address can have on a node.',
  },
  anonymousSocketMs: {
    key: 'MAX_ANONYMOUS_SOCKET_MS',
    fallback: 60_000,
    meaning: 'How long a socket without a token lasts; then its client connects again.',
  },
  headersMs: {
    key: 'MAX_HEADERS_MS',
    fallback: 10_000,
    meaning: 'How long the head of an HTTP request may take.',
  },
  requestMs: {
    key: 'MAX_REQUEST_MS',
    fallback: 30_000,
    meaning: 'How long an HTTP request may take to come in, with its body.',
  },
  connectionsPerSecond: {
    key: 'MAX_CONNECTIONS_PER_SECOND',
    fallback: 2_000,
    meaning: 'New connections per second on a node; twice that in a burst.',
  },
  quickCommands: {
    key: 'MAX_QUICK_COMMANDS',
    fallback: 1_000,
    meaning: 'Commands from the Redis channel that a node has under way; it leaves more to other nodes.',
  },
  deadCommands: {
    key: 'MAX_DEAD_COMMANDS',
    fallback: 10_000,
    meaning: 'Rejected commands from Redis that are kept, the newest ones.',
  },
  handshakes: {
    key: 'MAX_HANDSHAKES',
    fallback: 1_000,
    meaning: 'Handshakes under way at a time on a node; further ones wait.',
  },
  handshakesPerAddress: {
    key: 'MAX_HANDSHAKES_PER_ADDRESS',
    fallback: 500,
    meaning: 'Handshakes under way at a time of one address; of those that wait it gets the same part.',
  },
  waitingHandshakes: {
    key: 'MAX_WAITING_HANDSHAKES',
    fallback: 4_000,
    meaning: 'Handshakes that wait; further ones get 503 at once.',
  },
  handshakeWaitMs: {
    key: 'MAX_HANDSHAKE_WAIT_MS',
    fallback: 5_000,
    meaning: 'How long a handshake waits before it gets 503.',
  },
} as const satisfies Readonly<Record<string, LimitRow>>

type LimitTable = typeof LIMITS
type LimitName = keyof LimitTable

/** The value of each limit, such as `limits.pageSize`. */
export type Limits = { readonly [Name in LimitName]: number }

/** The configuration keys of limits. */
export type LimitKey = LimitTable[LimitName]['key']

function limitsBy(read: (row: LimitTable[LimitName]) => number): Limits {
  return Object.fromEntries(Object.entries(LIMITS).map(([name, row]) => [name, read(row)])) as Limits
}

/** The limits when nothing is configured. */
export const DEFAULT_LIMITS: Limits = limitsBy(({ fallback }) => fallback)

/** The limits by name, from values by configuration key: `MAX_PAGE_SIZE` becomes `pageSize`. */
export function limitsOf(values: Readonly<Record<LimitKey, number>>): Limits {
  return limitsBy(({ key }) => values[key])
}

/** How long old notifications are kept, in days. */
export interface Retention {
  /** How long a notification is kept after it was read or archived. */
  readonly readDays: number
  /** How long the tombstone of an expired or retracted notification is kept, so that devices that were away learn of it. */
  readonly removedDays: number
}

/** The retention when nothing is configured. */
export const DEFAULT_RETENTION: Retention = { readDays: 90, removedDays: 30 }

/** How long events for the backend are kept when nothing is configured, in days: those in the Redis stream, and those that were given up. */
export const DEFAULT_EVENTS_DAYS = 7

/** The rhythm of typing indicators, in milliseconds. */
export interface TypingTimes {
  /** While a user types, the client repeats its signal after this time. */
  readonly resendMs: number
  /** After this long without a key, the client sends that the user has stopped. */
  readonly idleStopMs: number
  /** The server ends an indicator that was not repeated for this long. */
  readonly expiryMs: number
  /** The server passes on at most one signal per device in this time. */
  readonly throttleMs: number
}

/** The rhythm of typing indicators when nothing is configured. */
export const DEFAULT_TYPING: TypingTimes = { resendMs: 3_000, idleStopMs: 5_000, expiryMs: 8_000, throttleMs: 1_000 }
