import { type ApolloClient, gql } from '@apollo/client'
import {
  ApolloClient as ApolloClient3,
  gql as gql3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { onTestFinished } from 'vitest'
import { openApollo } from '../../examples/kit/apollo.ts'
import type { HeraldLinkOptions } from '../../packages/client/src/apollo/apollo.ts'
// @ts-expect-error The configuration of the tests knows what this is: the same over Apollo Client 3.
import * as sourcesOver3 from '../../packages/client/src/apollo/apollo.ts?apollo3'
import type { HeraldClient } from '../../packages/client/src/client.ts'
import type { Data } from './device.ts'
import { SMALL_TIMES } from './kit.ts'

const over3 = sourcesOver3 as typeof import('../../packages/client/src/apollo/apollo.ts')

/** A list that is shown, with its pages. */
interface Watched {
  /** What it shows now; undefined while nothing is known. */
  readonly data: () => Data | undefined
  more(variables: Record<string, unknown>): Promise<unknown>
}

/** What the tests do with an Apollo Client of either version, which ends with the test. */
export interface TestedApollo {
  readonly connection: HeraldClient['connection']
  signOut(): void
  /** Shows the result of a query. */
  watch(query: string, variables?: Record<string, unknown>): Watched
  /** Follows a subscription. `next` gets each result, with its errors. */
  follow(query: string, variables?: Record<string, unknown>, next?: (result: Data) => void): void
  run(mutation: string, variables?: Record<string, unknown>): Promise<Data>
}

type Options = Omit<HeraldLinkOptions, 'client'>

function tested(
  client: ApolloClient,
  herald: Pick<TestedApollo, 'connection' | 'signOut'>,
  parse: typeof gql,
): TestedApollo {
  onTestFinished(() => {
    client.stop()
    herald.signOut()
  })
  return {
    ...herald,
    watch: (text, variables = {}) => {
      const list = client.watchQuery<Data>({ query: parse(text), variables })
      const watching = list.subscribe(() => {})
      onTestFinished(() => watching.unsubscribe())
      return {
        data: () => list.getCurrentResult().data as Data | undefined,
        more: (further) => list.fetchMore({ variables: further }),
      }
    },
    follow: (text, variables = {}, next = () => {}) => {
      const following = client
        .subscribe<Data>({ query: parse(text), variables, errorPolicy: 'all' })
        .subscribe((result) => next(result as Data))
      onTestFinished(() => following.unsubscribe())
    },
    run: async (text, variables = {}) => {
      const { data } = await client.mutate<Data>({ mutation: parse(text), variables })
      return data as Data
    },
  }
}

/** Apollo Client in its versions, set up as the documentation has it. */
export const APOLLO_CLIENTS: Readonly<Record<string, (options: Options) => TestedApollo>> = {
  'Apollo Client 4': (options) => {
    const { client, connection, signOut } = openApollo({ ...options, times: SMALL_TIMES })
    return tested(client, { connection, signOut }, gql)
  },
  'Apollo Client 3': (options) => {
    const link = over3.createHeraldLink({ ...options, times: SMALL_TIMES, client: () => client })
    const cache = new InMemoryCache3(over3.heraldCache as never)
    const client = new ApolloClient3({ link: link as never, cache })
    const { connection, dispose } = link.herald
    return tested(client as never, { connection, signOut: dispose }, gql3)
  },
}
