import type { Client as UrqlClient } from '@urql/core'
import type { Client } from 'graphql-ws'
import { onTestFinished } from 'vitest'

// biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what the test's own document asks for
type Data = Record<string, any>
type Variables = Record<string, unknown>

/** What tests do with any of the client libraries that Herald's users have. */
export interface UsedClient {
  /**
   * Follows a subscription until the test is over; it must not end before. `onData` gets the data of each result, `onError` what is wrong
   * with one, and that there is an end; without it the test fails.
   */
  follow(query: string, variables: Variables, onData: (data: Data) => void, onError?: (error: unknown) => void): void
  /** Runs a query or mutation. */
  run(query: string, variables?: Variables): Promise<Data>
}

function fail(error: unknown): never {
  throw new Error('A subscription ended', { cause: error })
}

function dataOf(result: { readonly data?: Data | null | undefined }): Data {
  if (!result.data) throw new Error(`A result without data: ${JSON.stringify(result)}`)
  return result.data
}

/** A client of graphql-ws, which ends with the test. */
export function usingGraphqlWs(client: Client): UsedClient {
  onTestFinished(() => client.dispose() as Promise<void>)
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  return {
    follow: (query, variables, onData, onError = fail) => {
      client.subscribe<Data>(
        { query, variables },
        {
          next: (result) => onData(dataOf(result)),
          error: onError,
          complete: () => {
            if (!isOver) onError('complete')
          },
        },
      )
    },
    run: async (query, variables = {}) => {
      for await (const result of client.iterate<Data>({ query, variables })) return dataOf(result)
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

/** An Apollo Client of either version, with what it reads documents with. */
export function usingApollo<Document>(client: Apollo<Document>, parse: (text: string) => Document): UsedClient {
  return {
    follow: (query, variables, onData, onError = fail) => {
      const subscription = client.subscribe({ query: parse(query), variables }).subscribe({
        next: (result) => onData(dataOf(result)),
        error: onError,
        complete: () => onError('complete'),
      })
      onTestFinished(() => subscription.unsubscribe())
    },
    run: async (query, variables = {}) => {
      const document = parse(query)
      const running = query.startsWith('mutation')
        ? client.mutate({ mutation: document, variables })
        : client.query({ query: document, variables, fetchPolicy: 'network-only' })
      return dataOf((await running) as { data?: Data | null })
    },
  }
}

/** A client of urql. */
export function usingUrql(client: UrqlClient): UsedClient {
  return {
    follow: (query, variables, onData, onError = fail) => {
      const { unsubscribe } = client
        .subscription<Data>(query, variables)
        .subscribe((result) => (result.error ? onError(result.error) : onData(dataOf(result))))
      onTestFinished(unsubscribe)
    },
    run: async (query, variables = {}) => {
      const result = query.startsWith('mutation')
        ? await client.mutation<Data>(query, variables)
        : await client.query<Data>(query, variables)
      if (result.error) throw result.error
      return dataOf(result)
    },
  }
}
