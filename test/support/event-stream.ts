import type { ExecutionResult } from 'graphql'
import { onTestFinished } from 'vitest'
import type { TestApp } from './app.ts'
import type { Data } from './device.ts'

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
  const chunks = response.body.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
  let text = ''
  const block = async (): Promise<string> => {
    for (;;) {
      const end = text.indexOf('\n\n')
      if (end >= 0) {
        const found = text.slice(0, end)
        text = text.slice(end + 2)
        return found
      }
      const { done, value } = await chunks.next()
      if (done) throw new Error('The stream has ended')
      text += value
    }
  }
  return {
    next: async () => {
      for (;;) {
        const lines = (await block()).split('\n')
        if (lines.includes('event: complete')) throw new Error('The stream has ended')
        const data = lines.find((line) => line.startsWith('data: '))
        if (data && data !== 'data: ') return JSON.parse(data.slice(6))
      }
    },
    close: () => abort.abort(),
  }
}
