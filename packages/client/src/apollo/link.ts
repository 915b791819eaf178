import { ApolloLink, HttpLink, Observable } from '@apollo/client/core'
import { print } from '@apollo/client/utilities'
import { type HeraldEndpoint, openEndpoint } from '../caches/endpoint.ts'
import type { Selected } from '../caches/inbox-lists.ts'
import { askOverConnection, keepSubscribed } from '../caches/subscribing.ts'
import type { HeraldClient, HeraldClientOptions } from '../client.ts'
import type { Result } from '../operation.ts'
import { applyToCache, type ChangingCache, forgetCounts } from './changes.ts'
import { kindOf, rootFields } from './root-fields.ts'

/** An Apollo Client of version 3 or 4, as far as it is used here. */
export interface RefetchingClient {
  refetchQueries(options: { include: 'active' }): PromiseLike<unknown>
}

/** What a link is made of: what a client of the kit is made of, and how Apollo uses it. */
export interface HeraldLinkOptions extends HeraldClientOptions {
  /**
   * What carries queries and mutations: requests over `http`, when left out, or the `connection` as well. Over the connection they are kept in order, and wait
   * where there is none.
   */
  readonly queries?: 'http' | 'connection'
  /** Says which client uses the link, so that it can load again what may have been missed. Only Apollo Client 3 needs it. */
  readonly client?: () => RefetchingClient
}

type Operation = Parameters<ApolloLink['request']>[0]
type Results = NonNullable<ReturnType<ApolloLink['request']>>
/** What receives results in either version. */
interface Observer {
  readonly next: (result: never) => void
  readonly error: (cause: unknown) => void
  readonly complete: () => void
}

/** Brings Apollo's operations to Herald: subscriptions over a connection that comes back by itself, queries and mutations over HTTP. */
export class HeraldLink extends ApolloLink {
  /** The client of the kit inside: `connection` says how the connection is, `dispose()` signs out. */
  readonly herald: HeraldClient
  readonly #http: ApolloLink | undefined
  readonly #client: HeraldLinkOptions['client']
  #isLoading = false

  constructor({ queries = 'http', client, ...options }: HeraldLinkOptions) {
    super()
    const { herald, url, fetch }: HeraldEndpoint = openEndpoint(options)
    this.herald = herald
    this.#client = client
    this.#http = queries === 'http' ? new HttpLink({ uri: url, fetch }) : undefined
  }

  override request(operation: Operation): Results {
    const kind = kindOf(operation.query)
    return new Observable<never>((observer) => {
      const told: Observer = { ...bound(observer), next: (result) => this.#tell(operation, kind, result, observer) }
      if (kind === 'subscription') return this.#subscribe(operation, told)
      return this.#http ? this.#send(this.#http, operation, kind, told) : this.#ask(operation, told)
    }) as unknown as Results
  }

  #subscribe(operation: Operation, observer: Observer): () => void {
    const cache = cacheOf(operation)
    const forget = (): void => {
      if (cache) forgetCounts(cache)
    }
    const gap = (): void => {
      forget()
      this.#reload(operation)
    }
    const next = (result: Result, isFirst: boolean): void => {
      // A state begins anew with each connection.
      if (isFirst && result.data?.['unreadCount']) forget()
      observer.next(result as never)
    }
    return keepSubscribed(this.herald, textOf(operation), { ...observer, next, gap })
  }

  #ask(operation: Operation, observer: Observer): () => void {
    return askOverConnection(this.herald, textOf(operation), forResults(observer))
  }

  /** Sends a request. A query that gets no answer goes over the connection, which waits for the network. */
  #send(http: ApolloLink, operation: Operation, kind: string, observer: Observer): () => void {
    let stop = (): void => {}
    const running = http.request(operation, nobody)?.subscribe({
      next: (result) => observer.next(result as never),
      error: (cause: unknown) => {
        if (kind !== 'query' || this.herald.internals.over.aborted) return observer.error(cause)
        stop = this.#ask(operation, observer)
      },
      complete: observer.complete,
    })
    return () => {
      running?.unsubscribe()
      stop()
    }
  }

  /** Hands a result on, and then applies what it says to the lists in the cache. */
  #tell(operation: Operation, kind: string, result: Result, observer: { next: (result: never) => void }): void {
    observer.next(result as never)
    const cache = cacheOf(operation)
    if (kind === 'query' || !result.data || !cache) return
    const fields = rootFields(operation.query, operation.variables, result.data as Selected)
    const isUnknown = fields.map((field) => applyToCache(cache, field, kind === 'subscription'))
    if (isUnknown.includes(true)) this.#reload(operation)
  }

  /** Loads again what is shown; once for all that ask for it together. */
  #reload({ client = this.#client?.() }: { readonly client?: RefetchingClient }): void {
    if (this.#isLoading || !client) return
    this.#isLoading = true
    setTimeout(() => {
      this.#isLoading = false
      // What fails is told where it is shown.
      client.refetchQueries({ include: 'active' }).then(
        () => {},
        () => {},
      )
    })
  }
}

/** There is no link behind one that sends. */
function nobody(): never {
  throw new Error('A link that sends hands nothing on.')
}

function bound(observer: Observer): Observer {
  return {
    next: (result) => observer.next(result),
    error: (cause) => observer.error(cause),
    complete: () => observer.complete(),
  }
}

function forResults(observer: Observer) {
  return { ...observer, next: (result: Result) => observer.next(result as never) }
}

function textOf({ query, variables, operationName }: Operation) {
  return { query: print(query), variables, operationName }
}

/** The cache of the client that asks: version 4 names the client, version 3 the cache. */
function cacheOf(operation: Operation): ChangingCache | undefined {
  const { client } = operation as { readonly client?: { readonly cache: unknown } }
  return (client?.cache ?? operation.getContext()['cache']) as ChangingCache | undefined
}

/** Makes the link of an Apollo Client, of version 3 or 4, to Herald. Nothing is connected before the first subscription. */
export function createHeraldLink(options: HeraldLinkOptions): HeraldLink {
  return new HeraldLink(options)
}
