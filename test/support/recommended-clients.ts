import { gql } from '@apollo/client'
import {
  ApolloClient as ApolloClient3,
  gql as gql3,
  InMemoryCache as InMemoryCache3,
} from 'apollo-client-3/core/index.js'
import { GraphQLWsLink as GraphQLWsLink3 } from 'apollo-client-3/link/subscriptions/index.js'
import { onTestFinished } from 'vitest'
import { openApollo } from '../../examples/clients/apollo.ts'
import { connect } from '../../examples/clients/connect.ts'
import { openUrql } from '../../examples/clients/urql.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what the test's own document asks for
type Data = Record<string, any>
type Variables = Record<string, unknown>

/** A client as the documentation has it. */
export interface Recommended {
  /** Follows a subscription until the test is over; it must not end before. */
  follow(query: string, variables: Variables, onData: (data: Data) => void): void
  /** Runs a query or mutation. */
  run(query: string, variables?: Variables): Promise<Data>
}

type Settings = Parameters<typeof connect>

const fail = (error: unknown): never => {
  throw new Error('A subscription ended', { cause: error })
}

const withGraphqlWs = (...settings: Settings): Recommended => {
  const client = connect(...settings)
  onTestFinished(() => client.dispose() as Promise<void>)
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  return {
    follow: (query, variables, onData) => {
      client.subscribe<Data>(
        { query, variables },
        { next: ({ data }) => onData(data ?? {}), error: fail, complete: () => isOver || fail('complete') },
      )
    },
    run: async (query, variables = {}) => {
      for await (const { data } of client.iterate<Data>({ query, variables })) return data ?? {}
      return fail('complete')
    },
  }
}

/** What both versions of Apollo Client can do. */
interface Apollo<Document> {
  subscribe(options: { query: Document; variables: Variables }): {
    subscribe(observer: {
      next: (result: { data?: Data | null | undefined }) => void
      error: (error: unknown) => void
      complete: () => void
    }): { unsubscribe(): void }
  }
  query(options: { query: Document; variables: Variables; fetchPolicy: 'network-only' }): Promise<unknown>
  mutate(options: { mutation: Document; variables: Variables }): Promise<unknown>
}

const withApollo = <Document>(client: Apollo<Document>, parse: (text: string) => Document): Recommended => ({
  follow: (query, variables, onData) => {
    const subscription = client.subscribe({ query: parse(query), variables }).subscribe({
      next: ({ data }) => onData(data ?? {}),
      error: fail,
      complete: () => fail('complete'),
    })
    onTestFinished(() => subscription.unsubscribe())
  },
  run: async (query, variables = {}) => {
    const document = parse(query)
    const running = query.startsWith('mutation')
      ? client.mutate({ mutation: document, variables })
      : client.query({ query: document, variables, fetchPolicy: 'network-only' })
    const { data } = (await running) as { data?: Data | null }
    return data ?? {}
  },
})

const openApollo3 = (...settings: Settings) =>
  new ApolloClient3({ cache: new InMemoryCache3(), link: new GraphQLWsLink3(connect(...settings)) })

const withUrql = (...settings: Settings): Recommended => {
  const client = openUrql(...settings)
  return {
    follow: (query, variables, onData) => {
      const { unsubscribe } = client
        .subscription<Data>(query, variables)
        .subscribe(({ data, error }) => (error ? fail(error) : onData(data ?? {})))
      onTestFinished(unsubscribe)
    },
    run: async (query, variables = {}) => {
      const { data, error } = query.startsWith('mutation')
        ? await client.mutation<Data>(query, variables)
        : await client.query<Data>(query, variables)
      if (error) throw error
      return data ?? {}
    },
  }
}

/** The clients that Herald's users have, set up as `examples/clients` has it. */
export const RECOMMENDED_CLIENTS: Readonly<Record<string, (...settings: Settings) => Recommended>> = {
  'graphql-ws': withGraphqlWs,
  'Apollo Client 4': (...settings) => withApollo(openApollo(...settings), gql),
  'Apollo Client 3': (...settings) => withApollo(openApollo3(...settings), gql3),
  urql: withUrql,
}
