import { setTimeout as pause } from 'node:timers/promises'
import { type Client, createClient } from 'graphql-ws'
import { WebSocket } from 'ws'

export interface ReconnectingOptions {
  readonly url: string
  /** Asked before each connection, so that a token that has ended is replaced. */
  readonly token: () => Promise<string>
  /** Told in words when the connection comes and goes. */
  readonly say: (text: string) => void
}

const FIRST_PAUSE_MS = 250
const MAX_PAUSE_MS = 5_000

/** Waits longer after each failure, and not all waiters equally long. Keeps the process alive meanwhile. */
export const waitBeforeTry = async (failures: number): Promise<void> => {
  const ms = Math.min(FIRST_PAUSE_MS * 2 ** failures, MAX_PAUSE_MS)
  await pause(ms * (0.5 + Math.random() / 2))
}

const reasonOf = (event: unknown): string => {
  const { code, reason } = event as { code?: number; reason?: string }
  return reason ? `${code}: ${reason}` : `${code ?? event}`
}

/** Opens a socket that comes back by itself, for ever. Gives up only when Herald says that trying again is of no use. */
export const openReconnecting = ({ url, token, say }: ReconnectingOptions): Client => {
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
