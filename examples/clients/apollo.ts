import { ApolloClient, InMemoryCache } from '@apollo/client'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { heraldCache } from '@herald/client/apollo'
import { connect } from './connect.ts'

/** Queries, mutations and subscriptions of Apollo Client over one socket. */
export const openApollo = (...settings: Parameters<typeof connect>): ApolloClient =>
  new ApolloClient({ cache: new InMemoryCache(heraldCache), link: new GraphQLWsLink(connect(...settings)) })
