import { gql } from '@apollo/client'
import {
  ApolloClient as ApolloClient3,
  gql as gql3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { GraphQLWsLink as GraphQLWsLink3 } from 'apollo-client-3/link/subscriptions/index.js'
import { openApollo } from '../../examples/clients/apollo.ts'
import { connect } from '../../examples/clients/connect.ts'
import { openUrql } from '../../examples/clients/urql.ts'
import { type UsedClient, usingApollo, usingGraphqlWs, usingUrql } from './using-clients.ts'

type Settings = Parameters<typeof connect>

function openApollo3(...settings: Settings) {
  return new ApolloClient3({ cache: new InMemoryCache3(), link: new GraphQLWsLink3(connect(...settings)) })
}

/** The clients that Herald's users have, set up as `examples/clients` has it. */
export const RECOMMENDED_CLIENTS: Readonly<Record<string, (...settings: Settings) => UsedClient>> = {
  'graphql-ws': (...settings) => usingGraphqlWs(connect(...settings)),
  'Apollo Client 4': (...settings) => usingApollo(openApollo(...settings), gql),
  'Apollo Client 3': (...settings) => usingApollo(openApollo3(...settings), gql3),
  urql: (...settings) => usingUrql(openUrql(...settings)),
}
