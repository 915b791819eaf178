import { type Client, createClient } from 'graphql-ws/client'
import { type ConnectionReason, reasonOfClose } from './connection.ts'
import type { OperationSink, Result, Transport } from './operation.ts'
import type { Tokens } from './tokens.ts'
import type { Waiting } from './waiting.ts'
import { type Endpoint, OPEN, quiet, type SocketLike } from './web-socket.ts'

/** That an attempt failed, or the connection broke. */
export interface Lost {
  readonly reason: ConnectionReason
  readonly closeCode: number | null
  /** What Herald gave as reason. */
  readonly detail: string | undefined
  readonly hadConnected: boolean
}

/** What a connection tells of itself. */
export interface SocketEvents {
  readonly connecting: () => void
  readonly connected: () => void
  readonly lost: (lost: Lost) => void
}

export interface SocketTransportOptions extends Endpoint {
  readonly tokens: Tokens
  readonly waiting: Waiting
  readonly now: () => number
  readonly events: SocketEvents
}

/** How much later than due a timer may fire before it is believed that the device slept, in milliseconds. */
const SLEPT_MS = 1_000
/** How long the connection stays open without operations, in milliseconds: nothing is closed between two pages. */
const LAZY_CLOSE_MS = 3_000
const TERMINATED = 4499
const TOKEN_REFUSED = 4401
const TOKEN_ENDED = 4403

/**
 * A connection of graphql-ws with the settings that survive what networks do. It is opened with its first operation, and closed some time after
 * its last one.
 */
export class SocketTransport implements Transport {
  readonly client: Client
  readonly #options: SocketTransportOptions
  /** The socket that is connected. */
  #socket: SocketLike | undefined
  #deadline: ReturnType<typeof setTimeout> | undefined
  #hadOpened = false
  #isAttempt = false
  #hasTokenFailed = false
  /** Operations of which each has had a result on this connection, or not. */
  readonly #starts = new Set<{ isFirst: boolean }>()

  constructor(options: SocketTransportOptions) {
    this.#options = options
    const { url, webSocket, waiting, times, events } = options
    this.client = createClient({
      url,
      webSocketImpl: quiet(webSocket),
      connectionParams: () => this.#params(),
      // By default all subscriptions end for good when Herald is not back at the first retry.
      shouldRetry: () => true,
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: waiting.backoff,
      keepAlive: times.ping,
      lazyCloseTimeout: LAZY_CLOSE_MS,
      on: {
        connecting: () => {
          this.#hadOpened = false
          this.#hasTokenFailed = false
          this.#isAttempt = true
          events.connecting()
          this.#expectAnswer(times.connecting)
        },
        opened: () => {
          this.#hadOpened = true
        },
        connected: (socket) => {
          clearTimeout(this.#deadline)
          this.#socket = socket as SocketLike
          for (const start of this.#starts) start.isFirst = true
          events.connected()
        },
        ping: (isFromHerald) => isFromHerald || this.#expectAnswer(times.pong),
        pong: (isFromHerald) => isFromHerald && clearTimeout(this.#deadline),
        error: () => this.#lose(0, ''),
        closed: (event) => {
          const { code, reason } = event as { readonly code: number; readonly reason: string }
          this.#lose(code, reason)
        },
      },
    })
  }

  /** Makes sure that the connection is alive: asks at once, and gives it up when no answer comes in time. */
  check(): void {
    if (this.#socket?.readyState !== OPEN) return
    this.#socket.send('{"type":"ping"}')
    this.#expectAnswer(this.#options.times.pong)
  }

  start(request: Parameters<Transport['start']>[0], sink: OperationSink, cursor: string | undefined): () => void {
    const start = { isFirst: true }
    this.#starts.add(start)
    const end = (): boolean => this.#starts.delete(start)
    const moved = cursor === undefined ? request : { ...request, variables: { ...request.variables, after: cursor } }
    const stop = this.client.subscribe(moved, {
      next: (result) => {
        const { isFirst } = start
        start.isFirst = false
        if (this.#starts.has(start)) sink.next(result as Result, isFirst)
      },
      // graphql-ws completes what was ended by its subscriber, too.
      error: (cause) => void (end() && sink.error(cause)),
      complete: () => void (end() && sink.complete()),
    })
    return () => {
      end()
      stop()
    }
  }

  async #params(): Promise<Record<string, unknown>> {
    try {
      const token = await this.#options.tokens.fresh()
      return token ? { authorization: `Bearer ${token}` } : {}
    } catch (error) {
      this.#hasTokenFailed = true
      throw error
    }
  }

  #expectAnswer(ms: number): void {
    const { now } = this.#options
    clearTimeout(this.#deadline)
    const due = now() + ms
    this.#deadline = setTimeout(() => {
      // A timer that fires late slept with the device: the answer may be there, and is read after it.
      if (this.#socket && now() > due + SLEPT_MS) this.check()
      else this.client.terminate()
    }, ms)
  }

  #lose(code: number, detail: string): void {
    clearTimeout(this.#deadline)
    // An attempt that failed is reported twice: as an error, then as a close.
    if (!this.#isAttempt) return
    this.#isAttempt = false
    const hadConnected = this.#socket !== undefined
    this.#socket = undefined
    if (code === TOKEN_ENDED || code === TOKEN_REFUSED) this.#options.tokens.refuse()
    this.#options.events.lost({
      reason: this.#hasTokenFailed ? 'token-failed' : reasonOfClose(code, this.#hadOpened),
      closeCode: code || null,
      detail: code === TERMINATED ? undefined : detail,
      hadConnected,
    })
  }
}
