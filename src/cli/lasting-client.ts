import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { type Backoff, backoffMs } from '../lib/backoff.ts'

export interface LastingClientOptions {
  readonly url: string
  /** Asked before each connection, so that a token that has ended is replaced. */
  readonly token: () => Promise<string>
  /** Told in words when the connection comes and goes. */
  readonly say: (text: string) => void
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
export function openLastingClient({ url, token, say }: LastingClientOptions): Client {
  let told = ''
  const sayOnce = (text: string): void => {
    if (text !== told) say(text)
    told = text
  }
  return createClient({
    url,
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: `Bearer ${await token()}` }),
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: waitBeforeTry,
    on: {
      connected: () => sayOnce(`Connected to ${url}. Ctrl-C ends.`),
      closed: (event) => sayOnce(`No connection to ${url} (${reasonOf(event)}); trying again.`),
    },
  })
}
