import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { type Backoff, backoffMs } from '../lib/backoff.ts'

export interface LastingClientOptions {
  readonly url: string
  /** Asked before each connection, so that a token that has ended is replaced. */
  readonly token: () => Promise<string>
  /** Told in words when the connection comes and goes. */
  readonly print: (text: string) => void
}

const RETRY: Backoff = { firstMs: 250, maxMs: 5_000 }

/** Waits before the connection is tried again, longer after each failure in a row. Keeps the process alive meanwhile. */
export async function waitBeforeTry(failures: number): Promise<void> {
  await pause(backoffMs(RETRY, failures))
}

function reasonOf(event: unknown): string {
  const { code, reason } = event as { code?: number; reason?: string }
  return reason ? `${code}: ${reason}` : `${code ?? event}`
}

/** Opens a socket that comes back by itself, for ever. Gives up only when Herald says that trying again is of no use. */
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
