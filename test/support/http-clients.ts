import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { RetryLink } from '@apollo/client/link/retry'
import { Client, fetchExchange } from '@urql/core'
import {
  ApolloClient as ApolloClient3,
  ApolloLink as ApolloLink3,
  gql as gql3,
  HttpLink as HttpLink3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { RetryLink as RetryLink3 } from 'apollo-client-3/link/retry/index.js'
import { EventSource } from 'eventsource'
import type { ExecutionResult } from 'graphql'
import { createClient } from 'graphql-sse'
import { onTestFinished } from 'vitest'

/** Where a client asks, and as whom. */
export interface Place {
  readonly url: string
  readonly authorization: string
}

/** A subscription, told each result as it comes. */
export interface Followed {
  readonly query: string
  readonly after: string
  readonly onResult: (result: ExecutionResult) => void
}

/** A client without any code for Herald, which asks for a subscription over HTTP, and again when it is cut, as its makers say. */
export type HttpClient = (place: Place, followed: Followed) => void

const RETRY_MS = 20
const RETRIES = { delay: { initial: RETRY_MS, max: RETRY_MS }, attempts: { max: Number.POSITIVE_INFINITY } }

function cursorIn({ extensions }: ExecutionResult): string | undefined {
  return extensions?.['cursor'] as string | undefined
}

const eventSource: HttpClient = ({ url, authorization }, { query, after, onResult }) => {
  const search = new URLSearchParams({ query, variables: JSON.stringify({ after }) })
  const source = new EventSource(`${url}?${search}`, {
    fetch: (input, init) => fetch(input, { ...init, headers: { ...init?.headers, authorization } }),
  })
  onTestFinished(() => source.close())
  source.addEventListener('next', ({ data }) => onResult(JSON.parse(data)))
}

function graphqlSse(singleConnection: boolean): HttpClient {
  return ({ url, authorization }, { query, after, onResult }) => {
    const client = createClient<boolean>({
      url,
      singleConnection,
      headers: { authorization },
      retryAttempts: Number.POSITIVE_INFINITY,
      retry: () => new Promise((resolve) => setTimeout(resolve, RETRY_MS)),
    })
    onTestFinished(() => client.dispose())
    const sink = { next: onResult as (result: unknown) => void, error: () => {}, complete: () => {} }
    client.subscribe({ query, variables: { after } }, sink)
  }
}

/** It tells of a cut as an error: the application asks anew, with the last cursor. */
const urql: HttpClient = ({ url, authorization }, { query, after, onResult }) => {
  const client = new Client({
    url,
    exchanges: [fetchExchange],
    fetchSubscriptions: true,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization } },
  })
  let isOver = false
  let last = after
  const ask = (): void => {
    const { unsubscribe } = client.subscription(query, { after: last }).subscribe((result) => {
      if (isOver) return
      if (result.error) {
        unsubscribe()
        setTimeout(ask, RETRY_MS)
        return
      }
      const told = { data: result.data, extensions: result.extensions } as ExecutionResult
      last = cursorIn(told) ?? last
      onResult(told)
    })
    onTestFinished(unsubscribe)
  }
  ask()
  onTestFinished(() => {
    isOver = true
  })
}

const apollo4: HttpClient = ({ url, authorization }, { query, after, onResult }) => {
  const link = ApolloLink.from([new RetryLink(RETRIES), new HttpLink({ uri: url, headers: { authorization } })])
  const client = new ApolloClient({ cache: new InMemoryCache(), link })
  const observable = client.subscribe({ query: gql(query), variables: { after }, fetchPolicy: 'no-cache' })
  const subscription = observable.subscribe({
    next: ({ data }) => onResult({ data } as ExecutionResult),
    error: () => {},
  })
  onTestFinished(() => subscription.unsubscribe())
}

const apollo3: HttpClient = ({ url, authorization }, { query, after, onResult }) => {
  const link = ApolloLink3.from([new RetryLink3(RETRIES), new HttpLink3({ uri: url, headers: { authorization } })])
  const client = new ApolloClient3({ cache: new InMemoryCache3(), link })
  const observable = client.subscribe({ query: gql3(query), variables: { after }, fetchPolicy: 'no-cache' })
  const subscription = observable.subscribe({ next: ({ data }) => onResult({ data }), error: () => {} })
  onTestFinished(() => subscription.unsubscribe())
}

/** Each with whether it says by itself how far it got, so that nothing comes twice. */
export const HTTP_CLIENTS: readonly (readonly [name: string, client: HttpClient, repeats: boolean])[] = [
  ['EventSource', eventSource, false],
  ['graphql-sse', graphqlSse(false), true],
  ['graphql-sse with a single connection', graphqlSse(true), true],
  ['urql with the last cursor', urql, false],
  ['Apollo Client 4 with HttpLink', apollo4, true],
  ['Apollo Client 3 with HttpLink', apollo3, true],
]
