import { type ApolloClient, gql } from '@apollo/client'
import type { Client as UrqlClient } from '@urql/core'
import {
  ApolloClient as ApolloClient3,
  gql as gql3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { onTestFinished } from 'vitest'
import { openApollo } from '../../examples/kit/apollo.ts'
import { openUrql } from '../../examples/kit/urql.ts'
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

/** What the tests do with a client that has a cache of its own. It ends with the test. */
export interface TestedClient {
  readonly connection: HeraldClient['connection']
  signOut(): void
  /** Shows the result of a query. */
  watch(query: string, variables?: Record<string, unknown>): Watched
  /** Follows a subscription. `next` gets each result, with its errors. */
  follow(query: string, variables?: Record<string, unknown>, next?: (result: Data) => void): void
  run(mutation: string, variables?: Record<string, unknown>): Promise<Data>
}

type Options = Omit<HeraldLinkOptions, 'client'>

function testedApollo(
  client: ApolloClient,
  herald: Pick<TestedClient, 'connection' | 'signOut'>,
  parse: typeof gql,
): TestedClient {
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

function testedUrql(client: UrqlClient, herald: Pick<TestedClient, 'connection' | 'signOut'>): TestedClient {
  onTestFinished(() => herald.signOut())
  return {
    ...herald,
    watch: (text, variables = {}) => {
      let data: Data | undefined
      let stop = (): void => {}
      const show = (more: Record<string, unknown>): void => {
        const before = stop
        stop = client.query<Data>(text, { ...variables, ...more }).subscribe((result) => {
          data = result.data ?? data
        }).unsubscribe
        before()
      }
      show({})
      onTestFinished(() => stop())
      return { data: () => data, more: async (further) => show(further) }
    },
    follow: (text, variables = {}, next = () => {}) => {
      const { unsubscribe } = client.subscription<Data>(text, variables).subscribe((result) => next(result as Data))
      onTestFinished(unsubscribe)
    },
    run: async (text, variables = {}) => {
      const { data, error } = await client.mutation<Data>(text, variables)
      if (error) throw error
      return data as Data
    },
  }
}

/** Clients with a cache of their own, set up as the documentation has it. */
export const CLIENTS: Readonly<Record<string, (options: Options) => TestedClient>> = {
  'Apollo Client 4': (options) => {
    const { client, connection, signOut } = openApollo({ ...options, times: SMALL_TIMES })
    return testedApollo(client, { connection, signOut }, gql)
  },
  'Apollo Client 3': (options) => {
    const link = over3.createHeraldLink({ ...options, times: SMALL_TIMES, client: () => client })
    const cache = new InMemoryCache3(over3.heraldCache as never)
    const client = new ApolloClient3({ link: link as never, cache })
    const { connection, dispose } = link.herald
    return testedApollo(client as never, { connection, signOut: dispose }, gql3)
  },
  urql: (options) => {
    const { client, ...herald } = openUrql({ ...options, times: SMALL_TIMES })
    return testedUrql(client, herald)
  },
}
