import {
  type Client,
  cacheExchange,
  composeExchanges,
  createRequest,
  type Exchange,
  type ExecutionResult,
  fetchExchange,
  type GraphQLRequest,
  makeOperation,
  makeResult,
  mapExchange,
  type Operation,
  type OperationResult,
  stringifyDocument,
  subscriptionExchange,
} from '@urql/core'
import { createNewestCount } from '../caches/counts.ts'
import { type HeraldEndpoint, openEndpoint } from '../caches/endpoint.ts'
import { askOverConnection, keepSubscribed, type OperationRequest } from '../caches/subscribing.ts'
import { POSSIBLE_TYPES } from '../caches/values.ts'
import type { HeraldClient, HeraldClientOptions } from '../client.ts'
import type { OperationSink, Result } from '../operation.ts'

/** What an exchange is made of: what a client of the kit is made of, and how urql uses it. */
export interface HeraldExchangeOptions extends HeraldClientOptions {
  /** The cache: `cacheExchange(heraldGraphcache)` of graphcache. That of urql itself, which knows no things by their ids, when left out. */
  readonly cache?: Exchange
  /**
   * What carries queries and mutations: requests over `http`, when left out, or the `connection` as well. Over the connection they are kept in order, and wait
   * where there is none.
   */
  readonly queries?: 'http' | 'connection'
}

/** An exchange, and what is inside it. */
export interface HeraldExchange {
  /** The cache and all behind it. Exchanges of your own stand before it. */
  readonly exchange: Exchange
  /** The client of the kit: `connection` says how the connection is, `dispose()` signs out. */
  readonly herald: HeraldClient
}

/** What urql listens with. */
interface Listener {
  next(result: ExecutionResult): void
  error(cause: unknown): void
  complete(): void
}

/** Passes operations on, and keeps the queries that are shown. */
function watching(active: Map<number, Operation>): Exchange {
  return ({ forward }) =>
    (operations) =>
      forward((sink) =>
        operations((signal) => {
          if (signal !== 0 && signal.tag === 1) {
            const operation = signal[0]
            if (operation.kind === 'query') active.set(operation.key, operation)
            else if (operation.kind === 'teardown') active.delete(operation.key)
          }
          sink(signal)
        }),
      )
}

/** Loads the first page of what each of these queries shows. */
function reload(client: Client, active: Iterable<Operation>): void {
  const firsts = new Map<number, GraphQLRequest>()
  for (const { query, variables } of active) {
    const pages = stringifyDocument(query).matchAll(/\b(?:after|before):\s*\$(\w+)/g)
    const without = Object.fromEntries([...pages].map(([, name]) => [name, undefined]))
    const first = createRequest(query, { ...variables, ...without })
    firsts.set(first.key, first)
  }
  for (const { query, variables } of firsts.values()) {
    void client.query(query, variables, { requestPolicy: 'network-only' }).toPromise()
  }
}

/** What only some of the types of an interface have. Graphcache looks for all of it in each, and complains of what is not there. */
const LACKING = Object.fromEntries(
  ['notification', 'mark', 'ids', 'upToRevision', 'category', 'at', 'notifications', 'reason']
    .concat(['tickets', 'ticket', 'ticketId', 'reasons'])
    .map((name) => [name, null]),
)
const OF_INTERFACES: readonly unknown[] = Object.values(POSSIBLE_TYPES).flat()

function fillIn(data: unknown): unknown {
  const filled = Object.entries((data ?? {}) as object).map(([name, value]) => [
    name,
    OF_INTERFACES.includes(value?.__typename) ? { ...LACKING, ...value } : value,
  ])
  return data && Object.fromEntries(filled)
}

/** Hands results to urql, which would keep errors and extensions of earlier results of the same subscription. */
function forUrql(listener: Listener, apply: (result: Result, isFirst: boolean) => unknown): OperationSink {
  let isLater = false
  const seen: Record<string, undefined> = {}
  return {
    next: (result, isFirst) => {
      const { errors = isLater ? [] : undefined, extensions } = result
      const data = apply(result, isFirst)
      listener.next({ data, ...(errors ? { errors } : {}), extensions: { ...seen, ...extensions } } as ExecutionResult)
      isLater = true
      for (const name of Object.keys(extensions ?? {})) seen[name] = undefined
    },
    error: (cause) => listener.error(cause),
    complete: () => listener.complete(),
  }
}

function textOf({
  query,
  variables,
}: {
  readonly query?: string | undefined
  readonly variables?: unknown
}): OperationRequest {
  return { query: query ?? '', variables: variables as Record<string, unknown> }
}

/** Sends requests with the tokens of the connection. A query that gets no answer goes over the connection, which waits for the network. */
function overHttp({ herald, url, fetch }: HeraldEndpoint): Exchange {
  return mapExchange({
    onOperation: (operation) =>
      makeOperation(operation.kind, operation, { ...operation.context, url, fetch, preferGetMethod: false }),
    onResult: (result) => {
      const { operation, error } = result
      if (operation.kind !== 'query' || !error?.networkError || herald.internals.over.aborted) return result
      return new Promise<OperationResult>((resolve) => {
        const request = textOf({ query: stringifyDocument(operation.query), variables: operation.variables })
        askOverConnection(herald, request, {
          next: (answer) => resolve(makeResult(operation, answer as ExecutionResult)),
          error: () => resolve(result),
          complete: () => resolve(result),
        })
      })
    },
  })
}

/**
 * Makes the exchange of an urql client to Herald: `new Client({ url, exchanges: [herald.exchange] })`. Nothing is connected before the first
 * subscription.
 */
export function createHeraldExchange({
  cache = cacheExchange,
  queries = 'http',
  ...options
}: HeraldExchangeOptions): HeraldExchange {
  const endpoint = openEndpoint(options)
  const { herald } = endpoint
  const counts = createNewestCount()
  const exchange: Exchange = (input) => {
    const active = new Map<number, Operation>()
    const gap = (): void => {
      counts.forget()
      reload(input.client, active.values())
    }
    const overConnection = subscriptionExchange({
      enableAllOperations: queries === 'connection',
      forwardSubscription: (request, { kind }) => ({
        subscribe: (listener) => {
          const sink = forUrql(listener as Listener, ({ data }, isFirst) =>
            fillIn(counts.apply(data, isFirst && kind === 'subscription')),
          )
          const text = textOf(request)
          const unsubscribe =
            kind === 'subscription'
              ? keepSubscribed(herald, text, { ...sink, gap })
              : askOverConnection(herald, text, sink)
          return { unsubscribe }
        },
      }),
    })
    const newestCount = mapExchange({
      onResult: (result) =>
        result.operation.kind === 'subscription' ? result : { ...result, data: counts.apply(result.data, false) },
    })
    return composeExchanges([watching(active), cache, newestCount, overConnection, overHttp(endpoint), fetchExchange])(
      input,
    )
  }
  return { exchange, herald }
}
