import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { type Backoff, backoffMs } from '../lib/backoff.ts'

export interface LastingClientOptions {
  readonly url: string
  /** Called before each connection, so that an expired token is replaced. */
  readonly token: () => Promise<string>
  /** Called with a sentence when the connection opens or closes. */
  readonly print: (text: string) => void
}

const RETRY: Backoff = { firstMs: 250, maxMs: 5_000 }

/**
 * Waits before another attempt: 125 to 250 ms at first, longer after each failure in a row, up to 5 s. Keeps the process alive meanwhile.
 */
export async function waitBeforeTry(failures: number): Promise<void> {
  await pause(backoffMs(RETRY, failures))
}

function reasonOf(event: unknown): string {
  const { code, reason } = event as { code?: number; reason?: string }
  return reason ? `${code}: ${reason}` : `${code ?? event}`
}

/**
 * Opens a WebSocket client that reconnects for ever. It gives up only when Herald closes with a code that is final for clients of
 * graphql-ws.
 */
export function openLastingClient({ url, token, print }: LastingClientOptions): Client {
  let printed = ''
  const printOnce = (text: string): void => {
    if (text !== printed) print(text)
    printed = text
  }
  return createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: waitBeforeTry,
    on: {
      connected: () => printOnce(`Connected to ${url}. Ctrl-C ends.`),
      closed: (event) => printOnce(`No connection to ${url} (${reasonOf(event)}); trying again.`),
    },
  })
}
