import { Client, subscriptionExchange } from '@urql/core'
import type { Sink, SubscribePayload } from 'graphql-ws'
import { connect } from './connect.ts'

/** Queries, mutations and subscriptions of urql over one socket. */
export const openUrql = (...settings: Parameters<typeof connect>): Client => {
  const socket = connect(...settings)
  const forwarding = subscriptionExchange({
    enableAllOperations: true,
    forwardSubscription: ({ query = '', ...request }) => ({
      subscribe: (sink) => ({
        unsubscribe: socket.subscribe({ query, ...request } as SubscribePayload, sink as Sink),
      }),
    }),
  })
  return new Client({ url: settings[0], preferGetMethod: false, exchanges: [forwarding] })
}
