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
import { type UsedClient, usingApollo, usingGraphqlWs, usingUrql } from './using-clients.ts'

function overSocket(socket: Client) {
  return new UrqlClient({
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
}

/** The clients that Herald's users have, unmodified, each over a socket. */
export const STOCK_CLIENTS: Readonly<Record<string, (socket: Client) => Pick<UsedClient, 'follow'>>> = {
  'graphql-ws': usingGraphqlWs,
  'Apollo Client 4': (socket) =>
    usingApollo(new ApolloClient({ cache: new InMemoryCache(), link: new GraphQLWsLink(socket) }), gql),
  'Apollo Client 3': (socket) =>
    usingApollo(new ApolloClient3({ cache: new InMemoryCache3(), link: new GraphQLWsLink3(socket) }), gql3),
  urql: (socket) => usingUrql(overSocket(socket)),
}

/** Runs something with each of the clients, all at the same time, since they wait most of the time. An error says which client it was. */
export async function withEachStockClient(
  run: (use: (socket: Client) => Pick<UsedClient, 'follow'>) => Promise<void>,
): Promise<void> {
  const runs = Object.entries(STOCK_CLIENTS).map(([name, use]) =>
    run(use).catch((cause: unknown) => {
      throw new Error(`${name}: ${cause instanceof Error ? cause.message : cause}`, { cause })
    }),
  )
  await Promise.all(runs)
}

/** Terminating a socket that is still connecting makes an error that graphql-ws listens to no more. */
class QuietSocket extends WebSocket {
  constructor(...args: ConstructorParameters<typeof WebSocket>) {
    super(...args)
    this.on('error', () => {})
  }
}

/** A socket as the documentation has it, only that it does not wait for long before it connects again. */
export function openStockSocket(
  url: string,
  token: string,
  on: Pick<ClientOptions['on'] & {}, 'connected' | 'closed'>,
): Client {
  const times = { ping: 15_000, pong: 5_000, connecting: 10_000, retry: 50, longestRetry: 0 }
  const client = connect(url, async () => token, { times, webSocketImpl: QuietSocket })
  if (on.connected) client.on('connected', on.connected)
  if (on.closed) client.on('closed', on.closed)
  onTestFinished(() => void client.dispose())
  return client
}
