import type { Client, SubscribePayload } from 'graphql-ws/client'
import { Carrier } from './carrier.ts'
import type { ConnectionState } from './connection.ts'
import { HeraldError, ofFaults, toHeraldError } from './errors.ts'
import type { OperationSink } from './operation.ts'
import type { Store } from './store.ts'
import { createTokens, type TokenOption } from './tokens.ts'
import { type ClientTimes, createWaiting, TIMES, type Waiting, type WakeEvents } from './waiting.ts'
import type { WebSocketConstructor } from './web-socket.ts'

/** What a client is made of. Only `url` is needed; what stands for the world around it is for tests and React Native. */
export interface HeraldClientOptions {
  /** Herald's endpoint: `https://…/graphql`, `wss://…/graphql`, or a path on the host of the page. */
  readonly url: string
  /** Who is connected. Without it, nobody. */
  readonly token?: TokenOption
  /** The WebSocket to use; that of the browser or of Node when left out. */
  readonly webSocket?: WebSocketConstructor | undefined
  /** The `fetch` to use where WebSockets are blocked; the global one when left out. */
  readonly fetch?: typeof fetch
  /** What has the events `online`, `pageshow`, `visibilitychange` and `resume`; the window when left out. */
  readonly events?: Partial<WakeEvents>
  /** Milliseconds on a clock that never goes back; `performance.now` when left out. */
  readonly now?: () => number
  /** A number from 0 to 1; `Math.random` when left out. */
  readonly random?: () => number
  /** Times to replace, in milliseconds. */
  readonly times?: Partial<ClientTimes>
}

/** An operation as text, or as the typed texts of GraphQL Code Generator (`documentMode: 'string'`). */
export type Document<Data, Variables> =
  | string
  | { toString(): string; readonly __apiType?: ((variables: Variables) => Data) | undefined }

/** Variables by name. */
export type VariableValues = Readonly<Record<string, unknown>>

/** A connection to Herald for one user. It opens with the first operation, and survives what networks do. */
export interface HeraldClient {
  /** How the connection is. */
  readonly connection: Store<ConnectionState>
  /** The client of graphql-ws, for the links of Apollo Client and urql. Its `subscribe` falls back as this client does. */
  readonly graphqlWs: Client
  /** Asks for something. Waits for a connection, and rejects with a `HeraldError`. */
  query<Data = Record<string, unknown>, Variables = VariableValues>(
    document: Document<Data, Variables>,
    variables?: Variables,
  ): Promise<Data>
  /**
   * Does something, in the order of the calls. What got no answer when the connection broke is sent again: give it an id of its own where
   * that must not do it twice. Rejects with a `HeraldError`.
   */
  mutate<Data = Record<string, unknown>, Variables = VariableValues>(
    document: Document<Data, Variables>,
    variables?: Variables,
  ): Promise<Data>
  /**
   * Follows a subscription until what it returns is called. After a break a log goes on where it was, a state begins anew, and
   * `isFirst` of the sink's `next` says that. A log that declares `$after: Cursor` also loses nothing between a WebSocket and Server-Sent Events.
   */
  subscribe(request: SubscribePayload, sink: OperationSink): () => void
  /** Gives the connection up and opens another one, with a fresh token. */
  reconnect(): void
  /** Signs out: ends everything, and empties all stores. Make another client for another user. */
  dispose(): void
  /** What the stores of this package need; it can change with any version. */
  readonly internals: ClientInternals
}

export interface ClientInternals {
  readonly waiting: Waiting
  readonly now: () => number
  /** Aborted when the client is disposed of. */
  readonly over: AbortSignal
  /** The stores of this client by what they show, so that the same one is not fed twice. */
  readonly stores: Map<string, unknown>
}

/** The address of the endpoint with `http:` or `https:`. Throws a TypeError for what is none. */
function absolute(url: string): string {
  const origin = url?.[0] === '/' && (globalThis as { readonly location?: Location }).location?.origin
  const address = `${origin || ''}${url}`.replace(/^ws/, 'http')
  if (!/^https?:\/\/./.test(address)) throw new TypeError(`Wrong url: ${url}`)
  return address
}

function askOnce<Data>(carrier: Carrier, document: Document<Data, never>, variables: unknown): Promise<Data> {
  const request = { query: String(document), variables: (variables ?? {}) as Record<string, unknown> }
  return new Promise((resolve, reject) => {
    carrier.start(request, {
      next: ({ data, errors }) => (errors ? reject(ofFaults(errors)) : resolve(data as Data)),
      error: (cause) => reject(toHeraldError(cause)),
      complete: () => reject(new HeraldError('The client was disposed of.', 'DISPOSED')),
    })
  })
}

/**
 * Makes a client. It does nothing before its first operation, so it can be made anywhere, also on a server. Throws a TypeError for a `url`
 * that is none.
 */
export function createHeraldClient(options: HeraldClientOptions): HeraldClient {
  const { url, token = null, random = Math.random, now = () => performance.now() } = options
  const times = { ...TIMES, ...options.times }
  // A path is on the host of the page, which a server that renders it does not know.
  if (url?.[0] !== '/') absolute(url)
  const waiting = createWaiting(times, random, options.events ?? (globalThis as Partial<WakeEvents>))
  const carrier = new Carrier({
    url: () => absolute(url),
    webSocket: options.webSocket ?? (globalThis as { readonly WebSocket?: WebSocketConstructor }).WebSocket,
    fetch: options.fetch ?? ((...args) => fetch(...args)),
    tokens: createTokens(token, () => carrier.dispose('other-user')),
    waiting,
    times,
    now,
  })
  const dispose = (): void => carrier.dispose()
  const ask = <Data>(document: Document<Data, never>, variables?: unknown): Promise<Data> =>
    askOnce(carrier, document, variables)
  return {
    connection: carrier.connection,
    graphqlWs: {
      on: (...args) => carrier.socket.client.on(...args),
      subscribe: (request, { next, error, complete }) =>
        carrier.start(request, { next: (result) => next(result as never), error, complete }),
      iterate: (request) => carrier.socket.client.iterate(request),
      terminate: () => carrier.reconnect(),
      dispose,
    },
    query: ask,
    mutate: ask,
    subscribe: (request, sink) => carrier.start(request, sink),
    reconnect: () => carrier.reconnect(),
    dispose,
    internals: { waiting, now, over: carrier.over, stores: new Map() },
  }
}
