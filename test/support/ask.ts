import { onTestFinished } from 'vitest'
import { eventsOf, type ServerSentEvent } from './server-sent-events.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into freely by tests
export type Answer = Record<string, any>

export interface Asked {
  readonly status: number
  readonly headers: Headers
  readonly body: Answer
}

/** Sends an operation over HTTP as clients do. */
export async function ask(
  url: string,
  request: { query?: unknown; variables?: unknown; operationName?: unknown; [key: string]: unknown } | string,
  headers: Record<string, string> = {},
): Promise<Asked> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(typeof request === 'string' ? { query: request } : request),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : {} }
}

/** A subscription over server-sent events. */
export interface EventStream {
  readonly response: Response
  /** The next event; comments are skipped. `undefined` when the stream has ended; rejects when the connection was lost. */
  next(): Promise<ServerSentEvent | undefined>
  /** Goes away, as a closed tab does. */
  abort(): void
}

/** Subscribes over server-sent events; goes away when the test is over. */
export async function openEventStream(
  url: string,
  query: string,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const controller = new AbortController()
  onTestFinished(() => controller.abort())
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
    body: JSON.stringify({ query }),
    signal: controller.signal,
  })
  const events = eventsOf(response)
  const next: EventStream['next'] = async () => (await events.next()).value ?? undefined
  return { response, next, abort: () => controller.abort() }
}
