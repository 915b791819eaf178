import { ApolloClient, gql, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { subscriptionExchange, Client as UrqlClient } from '@urql/core'
import {
  ApolloClient as ApolloClient3,
  gql as gql3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { GraphQLWsLink as GraphQLWsLink3 } from 'apollo-client-3/link/subscriptions/index.js'
import type { Client, ClientOptions } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { connect } from '../../examples/clients/connect.ts'

/** Follows a subscription with a client library; `onData` gets the data of each result. */
export type Follow = (
  query: string,
  variables: Record<string, unknown>,
  onData: (data: Record<string, unknown>) => void,
  onError: (error: unknown) => void,
) => void

const dataOf = (result: { readonly data?: unknown }): Record<string, unknown> => {
  if (!result.data) throw new Error(`A result without data: ${JSON.stringify(result)}`)
  return result.data as Record<string, unknown>
}

const withGraphqlWs =
  (socket: Client): Follow =>
  (query, variables, onData, onError) => {
    socket.subscribe(
      { query, variables },
      { next: (result) => onData(dataOf(result)), error: onError, complete: () => onError('complete') },
    )
  }

const withApollo4 = (socket: Client): Follow => {
  const client = new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(socket) })
  return (query, variables, onData, onError) => {
    client
      .subscribe({ query: gql(query), variables })
      .subscribe({ next: (result) => onData(dataOf(result)), error: onError, complete: () => onError('complete') })
  }
}

const withApollo3 = (socket: Client): Follow => {
  const client = new ApolloClient3({ cache: new InMemoryCache3(), link: new GraphQLWsLink3(socket) })
  return (query, variables, onData, onError) => {
    client
      .subscribe({ query: gql3(query), variables })
      .subscribe({ next: (result) => onData(dataOf(result)), error: onError, complete: () => onError('complete') })
  }
}

const withUrql = (socket: Client): Follow => {
  const client = new UrqlClient({
    url: 'http://unused.invalid',
    preferGetMethod: false,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: ({ query = '', ...request }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, ...request } as never, sink as never) }),
        }),
      }),
    ],
  })
  return (query, variables, onData, onError) => {
    client.subscription(query, variables).subscribe((result) => {
      if (result.error) onError(result.error)
      else onData(dataOf(result))
    })
  }
}

/** The clients that Herald's users have, unmodified. */
export const STOCK_CLIENTS: Readonly<Record<string, (socket: Client) => Follow>> = {
  'graphql-ws': withGraphqlWs,
  'Apollo Client 4': withApollo4,
  'Apollo Client 3': withApollo3,
  urql: withUrql,
}

/** Terminating a socket that is still connecting makes an error that graphql-ws listens to no more. */
class QuietSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args)
    this.on('error', () => {})
  }
}

/** A socket as the documentation has it, only that it does not wait for long before it connects again. */
export const openStockSocket = (
  url: string,
  token: string,
  on: Pick<ClientOptions['on'] & {}, 'connected' | 'closed'>,
): Client => {
  const times = { ping: 15_000, pong: 5_000, connecting: 10_000, retry: 50, longestRetry: 0 }
  const client = connect(url, async () => token, { times, webSocketImpl: QuietSocket })
  if (on.connected) client.on('connected', on.connected)
  if (on.closed) client.on('closed', on.closed)
  onTestFinished(() => void client.dispose())
  return client
}
