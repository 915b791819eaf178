import type { ExecutionResult } from 'graphql'
import { onTestFinished } from 'vitest'
import type { TestApp } from './app.ts'
import type { Data } from './device.ts'
import { eventsOf } from './server-sent-events.ts'

export interface EventStream {
  /** The next result; throws when the stream has ended. */
  next(): Promise<ExecutionResult<Data>>
  close(): void
}

/** Follows an operation over Server-Sent Events, as a client does where WebSockets are blocked (WHATWG HTML, section 9.2). */
export async function openEventStream(
  app: TestApp,
  token: string,
  query: string,
  variables: Record<string, unknown> = {},
  accept = 'text/event-stream',
): Promise<EventStream> {
  const abort = new AbortController()
  onTestFinished(() => abort.abort())
  const response = await fetch(app.url, {
    method: 'POST',
    signal: abort.signal,
    headers: { authorization: `Bearer ${token}`, accept, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  if (!response.ok || !response.body) throw new Error(`No stream: ${response.status} ${await response.text()}`)
  const events = eventsOf(response)
  return {
    next: async () => {
      const { value } = await events.next()
      if (value?.event !== 'next') throw new Error('The stream has ended')
      return value.data
    },
    close: () => abort.abort(),
  }
}
