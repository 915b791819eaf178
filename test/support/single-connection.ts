import type { ExecutionResult } from 'graphql'
import { createClient } from 'graphql-sse'
import { onTestFinished } from 'vitest'
import { signTestToken } from './app.ts'
import type { Answer } from './ask.ts'
import { eventsOf } from './server-sent-events.ts'

export interface FollowedOnStream {
  readonly results: readonly ExecutionResult[]
  readonly errors: readonly unknown[]
  isOver(): boolean
  /** As an application that wants no more of it. */
  end(): void
}

const RETRY_MS = 20

/** graphql-sse as it is, with one connection for all that it does. */
export async function connectSingle(url: string, token: string) {
  const sent: { readonly method: string; readonly status: number }[] = []
  const client = createClient({
    url,
    singleConnection: true,
    headers: () => ({ authorization: `Bearer ${token}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    retry: () => new Promise((resolve) => setTimeout(resolve, RETRY_MS)),
    fetchFn: async (input: string, init: RequestInit) => {
      const response = await fetch(input, init)
      sent.push({ method: init.method ?? '', status: response.status })
      return response
    },
  })
  onTestFinished(() => client.dispose())
  return {
    /** Requests that were answered, in that order. */
    sent,
    follow: (query: string, variables?: Record<string, unknown>): FollowedOnStream => {
      const results: ExecutionResult[] = []
      const errors: unknown[] = []
      let isOver = false
      const end = client.subscribe(
        { query, ...(variables ? { variables } : {}) },
        {
          next: (result) => void results.push(result as ExecutionResult),
          error: (error) => void errors.push(error),
          complete: () => {
            isOver = true
          },
        },
      )
      return { results, errors, isOver: () => isOver, end }
    },
    dispose: () => client.dispose(),
  }
}

export interface StreamEvent {
  readonly event: string
  readonly data: Answer
  readonly id: string | undefined
}

export interface RawSingle {
  readonly token: string
  /** The answer to the request that opens the stream. */
  readonly response: Response
  /** The next event; undefined when the stream has ended; rejects when it was cut. */
  next(): Promise<StreamEvent | undefined>
  /** Sends an operation; returns its status, and its body, if it is one. */
  send(operationId: unknown, query: string, headers?: Record<string, string>): Promise<readonly [number, Answer]>
  /** Ends an operation; returns the status. */
  stop(operationId: string): Promise<number>
  abort(): void
}

export const STREAM_TOKEN = 'x-graphql-event-stream-token'

/** The headers of a user; none for nobody. */
export async function headersOf(userId: string | null): Promise<Record<string, string>> {
  return userId === null ? {} : { authorization: `Bearer ${await signTestToken(userId)}` }
}

/** The answer to a reservation. */
export async function reserve(url: string, headers: Record<string, string>) {
  const response = await fetch(url, { method: 'PUT', headers })
  return { response, text: await response.text() }
}

async function answerOf(response: Response): Promise<readonly [number, Answer]> {
  const text = await response.text()
  return [response.status, text === '' ? {} : JSON.parse(text)]
}

/** Opens a stream for what tests want to send by hand. */
export async function openSingle(url: string, userId: string | null = 'ann'): Promise<RawSingle> {
  const headers = await headersOf(userId)
  const { text: token } = await reserve(url, headers)
  return openReserved(url, token, headers)
}

/** Opens the stream of a reservation. */
export async function openReserved(url: string, token: string, headers: Record<string, string>): Promise<RawSingle> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const mine = { ...headers, [STREAM_TOKEN]: token }
  const response = await fetch(url, { headers: { ...mine, accept: 'text/event-stream' }, signal: controller.signal })
  const events = eventsOf(response)
  const next: RawSingle['next'] = async () => (await events.next()).value ?? undefined
  const send: RawSingle['send'] = async (operationId, query, more = {}) => {
    const body = JSON.stringify({ query, extensions: { operationId } })
    const type = { 'content-type': 'application/json' }
    return answerOf(await fetch(url, { method: 'POST', headers: { ...type, ...mine, ...more }, body }))
  }
  return {
    token,
    response,
    next,
    send,
    stop: async (id) => (await fetch(`${url}?operationId=${id}`, { method: 'DELETE', headers: mine })).status,
    abort: () => controller.abort(),
  }
}
