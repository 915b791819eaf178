import { ApolloClient } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { createCache } from './apollo-cache.ts'
import { connect } from './connect.ts'

/** Queries, mutations and subscriptions of Apollo Client over one socket. */
export const openApollo = (...settings: Parameters<typeof connect>): ApolloClient =>
  new ApolloClient({ cache: createCache(), link: new GraphQLWsLink(connect(...settings)) })
