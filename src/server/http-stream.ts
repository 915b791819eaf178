import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { tokenExpired } from '../auth/token-errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import { HttpSink, type StreamEncoding } from '../delivery/http-sink.ts'
import type { Internals } from '../delivery/ws-internals.ts'
import type { Clock } from '../lib/clock.ts'
import type { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Connections, Lifecycle } from './connections.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { ServerStats } from './server-stats.ts'
import { isExpired, type Session, type Sessions, usersOf } from './session.ts'
import { createWriteProgress, isWriteTimedOut } from './write-timeout.ts'

export interface HttpStreamOptions {
  readonly connections: Connections
  readonly sessions: Sessions
  readonly heldBytes: HeldBytes
  readonly stats: ServerStats
  readonly internals: Internals
  readonly clock: Clock
  readonly log: Log
}

/** What an HTTP stream carries: one operation, or many. */
export interface Carried {
  /** Writes the error for the client, as the reason, and ends the stream. */
  end(error: AppError): void
  /** Called once when the response is over. Nothing can be written any more. */
  close(): void
}

/** What an HTTP stream is made of: its session, its response, and how results are written. */
export interface StreamParts {
  readonly session: Session
  readonly response: ServerResponse
  readonly encoding: StreamEncoding
  /** Bytes of memory that the stream takes as long as it lasts, about. */
  readonly bytes: number
}

/** How often a stream shows its client that it is alive, in milliseconds. */
const HEARTBEAT_MS = 12_000

/**
 * A response into which results are written as they come. It is a connection like a WebSocket: it ends with its token, is drained, and is
 * cut when it is not read.
 */
export class HttpStream {
  readonly session: Session
  readonly sink: HttpSink
  readonly #progress = createWriteProgress()
  readonly #carried: Carried
  readonly #options: HttpStreamOptions
  readonly #bytes: number
  readonly #openedAt: number
  #heartbeatAt: number
  #isOpen = false
  /** Why the stream ended, for the log: what the client was told, or why it was cut. */
  #reason = ''
  #isOver = false

  /** Counts the memory of the stream. Throws RATE_LIMITED when its connection or its user holds too much. */
  constructor({ session, response, encoding, bytes }: StreamParts, carried: Carried, options: HttpStreamOptions) {
    options.heldBytes.hold(session, bytes)
    this.session = session
    this.sink = new HttpSink(response, encoding)
    this.#carried = carried
    this.#options = options
    this.#bytes = bytes
    this.#openedAt = options.clock.now()
    this.#heartbeatAt = this.#openedAt + HEARTBEAT_MS
    response.once('close', () => this.close())
  }

  get response(): ServerResponse {
    return this.sink.response
  }

  /** True once the response is over: its session has ended, or its client has gone or does not read. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Adds the stream to the open connections, and logs it. If its client has already gone, it is closed at once. */
  begin(viewer: Viewer | undefined, lifecycle: Lifecycle<HttpStream>): void {
    const { connections, stats, log } = this.#options
    connections.add(this, lifecycle)
    stats.open.add('sse')
    stats.opened.add('sse')
    const fields = { connectionId: this.session.id, userId: viewer?.userId ?? null, role: viewer?.role ?? null }
    log.info({ ...fields, transport: 'sse' }, 'connection opened')
    if (this.response.closed) this.close()
  }

  /** Begins the response. Resolves when the response is over. */
  open(): Promise<unknown> {
    const closed = once(this.response, 'close')
    this.#isOpen = true
    this.sink.open()
    return closed
  }

  /** Notes why the stream ends, for the log. Only the first reason counts. */
  explainEnd(reason: string): void {
    this.#reason ||= reason
  }

  /** Ends the stream with an error, which its client gets. */
  end(error: AppError): void {
    this.#carried.end(error)
  }

  /**
   * Destroys the response instead of completing it. A client takes a completed stream for the end of its subscription, and a lost
   * connection for a reason to retry.
   */
  cut(reason: string): void {
    this.explainEnd(reason)
    this.response.destroy()
  }

  /** To be called about once a second. Cuts a stream that is not read, and writes a heartbeat when it is time. */
  heartbeat(now: number): void {
    const { internals } = this.#options
    const { socket } = this.response
    if (socket && isWriteTimedOut(this.#progress, socket, now, internals)) this.cut(CLOSINGS.tooSlow.reason)
    if (now < this.#heartbeatAt || !this.#isOpen) return
    this.#heartbeatAt = now + HEARTBEAT_MS
    this.sink.heartbeat()
  }

  /** Closes the stream: ends what it carries and its counting, and logs it. Closing twice does nothing. */
  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { session } = this
    const { connections, heldBytes, stats, clock, log } = this.#options
    connections.remove(this)
    heldBytes.release(session, this.#bytes)
    this.#carried.close()
    stats.open.add('sse', -1)
    const durationMs = clock.now() - this.#openedAt
    const fields = { connectionId: session.id, users: usersOf(session), reason: this.#reason, durationMs }
    log.info({ ...fields, transport: 'sse' }, 'connection closed')
  }
}

/** Returns the lifecycle of HTTP streams, the same for one operation and for many. */
export function createStreamLifecycle(sessions: Sessions): Lifecycle<HttpStream> {
  return {
    heartbeat: (stream, now) => {
      if (isExpired(stream.session, now)) stream.end(tokenExpired())
      stream.heartbeat(now)
    },
    recheck: ({ session }) => sessions.recheck(session),
    drain: (stream) => stream.cut(CLOSINGS.draining.reason),
    terminate: ({ response }) => response.destroy(),
  }
}
