import type { ExecutionResult } from 'graphql'
import { type Client, type ClientOptions, createClient } from 'graphql-ws'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken, type TestApp, type TokenRole } from './app.ts'

// biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what the test's own document asks for
export type Data = Record<string, any>

/** What a device gets of one subscription. */
export interface Stream {
  /** The data of the next result; waits for it. Throws when the result has errors or the stream ends. */
  next(): Promise<Data>
  take(count: number): Promise<Data[]>
  /** The next result as it is. */
  result(): Promise<ExecutionResult<Data>>
  /** Results that have come and were not taken. */
  readonly waiting: readonly ExecutionResult<Data>[]
  /** Resolves when the server or the device has ended it; rejects with what went wrong. */
  readonly ended: Promise<void>
  stop(): void
}

/** A user's device: one socket with the real graphql-ws client. */
export interface Device {
  readonly client: Client
  subscribe(query: string, variables?: Record<string, unknown>): Stream
  /** Runs a query or mutation over the socket; throws its first error with `code`. */
  run(query: string, variables?: Record<string, unknown>): Promise<Data>
  close(): Promise<void>
}

/** An error that Herald answered. */
export class AnsweredError extends Error {
  readonly code: unknown
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(message: string, extensions: Readonly<Record<string, unknown>> = {}) {
    super(message)
    this.code = extensions['code']
    this.extensions = extensions
  }
}

function failOf(errors: unknown): Error {
  const [first] = Array.isArray(errors) ? errors : [errors]
  return first?.message
    ? new AnsweredError(first.message, first.extensions)
    : new Error(`The socket failed: ${first?.code ?? first} ${first?.reason ?? ''}`)
}

function dataOf({ data, errors }: ExecutionResult<Data>): Data {
  if (errors?.length) throw failOf(errors)
  if (!data) throw new Error('A result without data')
  return data
}

function openStream(client: Client, query: string, variables: Record<string, unknown> | undefined): Stream {
  const waiting: ExecutionResult<Data>[] = []
  const takers: PromiseWithResolvers<ExecutionResult<Data>>[] = []
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => {})
  let end: { readonly error: Error } | undefined
  const finish = (error: Error, settle: () => void): void => {
    end = { error }
    settle()
    for (const { reject } of takers.splice(0)) reject(error)
  }
  const stop = client.subscribe<Data>(
    { query, ...(variables && { variables }) },
    {
      next: (result) => {
        const taker = takers.shift()
        if (taker) taker.resolve(result as ExecutionResult<Data>)
        else waiting.push(result as ExecutionResult<Data>)
      },
      error: (errors) => {
        const error = failOf(errors)
        finish(error, () => ended.reject(error))
      },
      complete: () => finish(new Error('The stream has ended'), ended.resolve),
    },
  )
  const result = (): Promise<ExecutionResult<Data>> => {
    const ready = waiting.shift()
    if (ready) return Promise.resolve(ready)
    if (end) return Promise.reject(end.error)
    const taker = Promise.withResolvers<ExecutionResult<Data>>()
    takers.push(taker)
    return taker.promise
  }
  const next = async (): Promise<Data> => dataOf(await result())
  return {
    next,
    result,
    waiting,
    ended: ended.promise,
    stop,
    take: async (count) => {
      const all: Data[] = []
      while (all.length < count) all.push(await next())
      return all
    },
  }
}

/** Connects a device with a token; it is closed when the test is over. */
export function connectWith(
  app: Pick<TestApp, 'deviceUrl'>,
  token: string | undefined,
  options: Partial<ClientOptions> = {},
): Device {
  const client = createClient({
    url: app.deviceUrl(),
    webSocketImpl: WebSocket,
    lazy: true,
    lazyCloseTimeout: 60_000,
    retryAttempts: 0,
    ...(token !== undefined && { connectionParams: { authorization: `Bearer ${token}` } }),
    ...options,
  })
  const close = async (): Promise<void> => {
    await client.dispose()
  }
  onTestFinished(close)
  return {
    client,
    close,
    subscribe: (query, variables) => openStream(client, query, variables),
    run: async (query, variables) => {
      const stream = openStream(client, query, variables)
      const data = await stream.next()
      await stream.ended
      return data
    },
  }
}

/** Connects a device of a user. */
export async function connectDevice(
  app: Pick<TestApp, 'deviceUrl'>,
  userId: string,
  role: TokenRole = 'customer',
  options: Partial<ClientOptions> = {},
): Promise<Device> {
  return connectWith(app, await signTestToken(userId, role), options)
}
