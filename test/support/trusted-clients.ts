import { ApolloClient, ApolloLink, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { Client, createRequest, fetchExchange, stringifyDocument, subscriptionExchange } from '@urql/core'
import { persistedExchange } from '@urql/exchange-persisted'
import {
  ApolloClient as ApolloClient3,
  ApolloLink as ApolloLink3,
  gql as gql3,
  HttpLink as HttpLink3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { createPersistedQueryLink } from 'apollo-client-3/link/persisted-queries/index.js'
import { GraphQLWsLink as GraphQLWsLink3 } from 'apollo-client-3/link/subscriptions/index.js'
import { type DocumentNode, print } from 'graphql'
import type { Sink, SubscribePayload } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import { connect } from '../../examples/clients/connect.ts'
import { sha256 } from './trusted.ts'
import { type UsedClient, usingApollo, usingUrql } from './using-clients.ts'

/** Where a client connects, and as whom. */
export interface Place {
  readonly http: string
  readonly ws: string
  readonly token: () => Promise<string>
}

interface Kind {
  /** What a document is on the list of this client's tool. */
  readonly stored: (text: string) => string
  /** A client that names its documents. */
  open(place: Place): UsedClient
}

const TIMES = { ping: 15_000, pong: 5_000, connecting: 10_000, retry: 20, longestRetry: 0 }

function socketOf({ ws, token }: Place) {
  const socket = connect(ws, token, { times: TIMES })
  onTestFinished(() => socket.dispose() as Promise<void>)
  return socket
}

function isSubscription({ definitions }: DocumentNode): boolean {
  return definitions.some((node) => node.kind === 'OperationDefinition' && node.operation === 'subscription')
}

async function headersOf({ token }: Place) {
  return { authorization: `Bearer ${await token()}` }
}

function authorizedFetch(place: Place): typeof fetch {
  return async (input, init) =>
    fetch(input, { ...init, headers: { ...(init?.headers as object), ...(await headersOf(place)) } })
}

const apollo4: Kind = {
  stored: (text) => print(new InMemoryCache().transformDocument(gql(text))),
  open: (place) => {
    const link = ApolloLink.split(
      ({ query }) => isSubscription(query),
      new GraphQLWsLink(socketOf(place)),
      new HttpLink({ uri: place.http, fetch: authorizedFetch(place) }),
    )
    const naming = new PersistedQueryLink({ sha256 })
    return usingApollo(new ApolloClient({ cache: new InMemoryCache(), link: naming.concat(link) }), gql)
  },
}

const apollo3: Kind = {
  stored: (text) => print(new InMemoryCache3().transformDocument(gql3(text))),
  open: (place) => {
    const link = ApolloLink3.split(
      ({ query }) => isSubscription(query),
      new GraphQLWsLink3(socketOf(place)),
      new HttpLink3({ uri: place.http, fetch: authorizedFetch(place) }),
    )
    const naming = createPersistedQueryLink({ sha256, useGETForHashedQueries: true })
    return usingApollo(new ApolloClient3({ cache: new InMemoryCache3(), link: naming.concat(link) }), gql3)
  },
}

function openUrql(place: Place, way: 'WebSocket' | 'Server-Sent Events'): UsedClient {
  const naming = persistedExchange({ enableForMutation: true, enableForSubscriptions: true })
  const socket = way === 'WebSocket' ? socketOf(place) : undefined
  const overSocket = subscriptionExchange({
    forwardSubscription: ({ query = '', ...request }) => ({
      subscribe: (sink) => ({
        unsubscribe: socket?.subscribe({ query, ...request } as SubscribePayload, sink as Sink) ?? (() => {}),
      }),
    }),
  })
  const client = new Client({
    url: place.http,
    fetch: authorizedFetch(place),
    fetchSubscriptions: socket === undefined,
    preferGetMethod: 'within-url-limit',
    exchanges: [naming, ...(socket ? [overSocket] : []), fetchExchange],
  })
  return usingUrql(client)
}

function urqlStored(text: string): string {
  return stringifyDocument(createRequest(text, {}).query)
}

/** The clients that Herald's users have, with what they have for naming documents; over HTTP and how subscriptions come. */
export const NAMING_CLIENTS: Readonly<Record<string, Kind>> = {
  'Apollo Client 4 over HTTP and WebSocket': apollo4,
  'Apollo Client 3 over HTTP and WebSocket': apollo3,
  'urql over HTTP and WebSocket': { stored: urqlStored, open: (place) => openUrql(place, 'WebSocket') },
  'urql over HTTP and Server-Sent Events': {
    stored: urqlStored,
    open: (place) => openUrql(place, 'Server-Sent Events'),
  },
}
