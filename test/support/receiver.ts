import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

/** A request that a webhook got. */
export interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** The `webhook-id`. */
  readonly id: string
  // biome-ignore lint/suspicious/noExplicitAny: the shape is what tests look at
  readonly event: any
}

/** The webhook of a backend. */
export interface WebhookServer {
  readonly url: string
  /** All that came, also what was answered with an error. */
  readonly received: readonly Received[]
  /** What was answered with success. */
  readonly taken: readonly Received[]
  /** How it answers from now on. */
  answer(how: (response: ServerResponse, request: Received) => void): void
  /** Resolves when so many requests came. */
  came(count: number): Promise<void>
  close(): Promise<void>
}

/** Starts a webhook on a port of its own, or on one that was used before. It answers 204 unless told otherwise. */
export async function openWebhookServer(port = 0): Promise<WebhookServer> {
  const received: Received[] = []
  const taken: Received[] = []
  const waiting = new Set<() => void>()
  let how = (response: ServerResponse, _request: Received): void => void response.writeHead(204).end()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const one = { headers: request.headers, body, id: String(request.headers['webhook-id']), event: JSON.parse(body) }
      received.push(one)
      how(response, one)
      if (response.statusCode < 300 && response.headersSent) taken.push(one)
      for (const wake of waiting) wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  onTestFinished(close)
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/herald`,
    received,
    taken,
    answer: (next) => {
      how = next
    },
    came: async (count) => {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake)
            resolve()
          }
          waiting.add(wake)
        })
      }
    },
    close,
  }
}
