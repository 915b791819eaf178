import { ask } from './ask.ts'
import { type CommandSender, createCommandSender, type HeraldRedis } from './commands.ts'
import type { AnnounceInput, AnnounceResult, Json, NotifyInput, NotifyResult, SendResult } from './inputs.ts'
import { type RetryOptions, repeat, retryOf } from './retry.ts'
import { createTokens, type TokenSource } from './token.ts'

export type HeraldBackendOptions = TokenSource & {
  /** Where Herald is, such as `http://127.0.0.1:4000/graphql`. Without a path it is `/graphql`. */
  readonly url: string
  /** Needed for `enqueue` and `publish` only. */
  readonly redis?: HeraldRedis
  readonly retry?: RetryOptions
}

/** An operation of your own. */
export interface Operation {
  readonly query: string
  readonly variables?: Readonly<Record<string, unknown>>
  /** Whether it may be done twice, as every query may, and every mutation with an `idempotencyKey`. Default: false. */
  readonly isRepeatable?: boolean
}

/**
 * A backend's way to Herald. Every call is repeated while Herald is away, for 30 seconds unless `retry` says otherwise, but only what does
 * no harm when it is done twice. A call rejects with a HeraldError; with a TypeError for what cannot be sent, such as a BigInt in `data`;
 * and with what your function for tokens throws.
 */
export interface HeraldBackend extends CommandSender {
  /** Stores a notification for users and tells their devices. */
  notify(input: NotifyInput): Promise<NotifyResult>
  /** Stores a notification for everyone. */
  announce(input: AnnounceInput): Promise<AnnounceResult>
  /** Sends a custom event to all devices of a user. It is not stored. */
  sendToUser(userId: string, event: string, data?: Json): Promise<SendResult>
  /** Sends a custom event to all devices of 1 to 10,000 users. It is not stored. */
  sendToMultipleUsers(userIds: readonly string[], event: string, data?: Json): Promise<SendResult>
  /** Sends a custom event to everyone who listens to a ticket, customers included. It is not stored. */
  sendToTicket(ticketId: string, event: string, data?: Json, excludeUserId?: string): Promise<SendResult>
  /** Sends a custom event to everyone who is connected. It is not stored. */
  broadcast(event: string, data?: Json, excludeUserId?: string): Promise<SendResult>
  /** Whether a user is connected now. Rejects, rather than saying no, when that is not known. */
  isUserOnline(userId: string): Promise<boolean>
  /** On how many connections a user is. */
  getConnectionCount(userId: string): Promise<number>
  /** How many connections there are in all. */
  getTotalConnections(): Promise<number>
  /** Executes an operation of the schema. Resolves to its `data`. Rejects when there is any error in the answer. */
  request<Data = Readonly<Record<string, unknown>>>(operation: Operation): Promise<Data>
}

const NOTIFY = `mutation ($input: NotifyInput!) { notify(input: $input) { notificationId recipients isDuplicate } }`
const ANNOUNCE = `mutation ($input: AnnounceInput!) { announce(input: $input) { notificationId isDuplicate } }`
const TO_USER = `mutation ($userId: ID!, $event: String!, $data: JSON) {
  sent: sendToUser(userId: $userId, event: $event, data: $data) { id at }
}`
const TO_USERS = `mutation ($userIds: [ID!]!, $event: String!, $data: JSON) {
  sent: sendToMultipleUsers(userIds: $userIds, event: $event, data: $data) { id at }
}`
const TO_TICKET = `mutation ($ticketId: ID!, $event: String!, $data: JSON, $excludeUserId: ID) {
  sent: sendToTicket(ticketId: $ticketId, event: $event, data: $data, excludeUserId: $excludeUserId) { id at }
}`
const TO_ALL = `mutation ($event: String!, $data: JSON, $excludeUserId: ID) {
  sent: broadcast(event: $event, data: $data, excludeUserId: $excludeUserId) { id at }
}`

function endpointOf(text: string | undefined): string {
  const url = text && URL.canParse(text) ? new URL(text) : undefined
  if (url?.username || url?.password) {
    throw new TypeError('`url` must be the address of Herald, without a user and a password.')
  }
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new TypeError(
      `\`url\` must be the address of Herald, such as http://127.0.0.1:4000; it is ${JSON.stringify(text)}.`,
    )
  }
  if (url.pathname === '/') url.pathname = '/graphql'
  return url.href
}

/**
 * A backend's way to Herald over HTTP, and over Redis where that is given. It opens nothing: connections are those of `fetch`. Throws a
 * TypeError for an address that is none, and without a secret or token.
 */
export function createHeraldBackend(options: HeraldBackendOptions): HeraldBackend {
  const retry = retryOf(options.retry)
  const endpoint = { url: endpointOf(options.url), tokens: createTokens(options), timeoutMs: retry.timeoutMs }
  const request = <Data>({ query, variables = {}, isRepeatable = false }: Operation): Promise<Data> =>
    repeat(() => ask(endpoint, query, variables) as Promise<Data>, isRepeatable, retry)

  const store = async <Data>(query: string, input: NotifyInput | AnnounceInput): Promise<Data> => {
    const keyed = { ...input, idempotencyKey: input.idempotencyKey ?? crypto.randomUUID() }
    return request<Data>({ query, variables: { input: keyed }, isRepeatable: true })
  }
  const send = async (query: string, variables: Json): Promise<SendResult> =>
    (await request<{ readonly sent: SendResult }>({ query, variables })).sent
  const look = async <Value>(query: string, variables: Json = {}): Promise<Value> =>
    (await request<{ readonly found: Value }>({ query, variables, isRepeatable: true })).found

  return {
    ...createCommandSender(options.redis),
    request,
    notify: async (input) => (await store<{ readonly notify: NotifyResult }>(NOTIFY, input)).notify,
    announce: async (input) => (await store<{ readonly announce: AnnounceResult }>(ANNOUNCE, input)).announce,
    sendToUser: (userId, event, data) => send(TO_USER, { userId, event, data }),
    sendToMultipleUsers: (userIds, event, data) => send(TO_USERS, { userIds, event, data }),
    sendToTicket: (ticketId, event, data, excludeUserId) => send(TO_TICKET, { ticketId, event, data, excludeUserId }),
    broadcast: (event, data, excludeUserId) => send(TO_ALL, { event, data, excludeUserId }),
    isUserOnline: (userId) => look('query ($userId: ID!) { found: isUserOnline(userId: $userId) }', { userId }),
    getConnectionCount: (userId) =>
      look('query ($userId: ID!) { found: connectionCount(userId: $userId) }', { userId }),
    getTotalConnections: () => look('{ found: totalConnections }'),
  }
}
