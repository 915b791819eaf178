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

/** What a stream carries: one operation, or many. */
export interface Carried {
  /** Tells the client why the stream ends, and ends it. */
  end(error: AppError): void
  /** The response is over: nothing is written any more. Called once. */
  close(): void
}

/** Whose stream it is, and how it is written. */
export interface StreamParts {
  readonly session: Session
  readonly response: ServerResponse
  readonly encoding: StreamEncoding
  /** Bytes of memory that it takes as long as it lasts, about. */
  readonly bytes: number
}

/** How often a client that nothing is sent to is shown that its stream is alive. */
const HEARTBEAT_MS = 12_000

/** A response into which results are written as they come: a connection like any other, expiring, drained, and cut when it is not read. */
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
  /** What the client was told, or why it was cut. */
  #reason = ''
  #isOver = false

  /** Throws RATE_LIMITED when its connection or its user holds too much. */
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

  /** The response is over: with its session, or because its client has gone or does not read. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Opens it. Over at once when its client has gone before. */
  begin(viewer: Viewer | undefined, lifecycle: Lifecycle<HttpStream>): void {
    const { connections, stats, log } = this.#options
    connections.add(this, lifecycle)
    stats.open.add('sse')
    stats.opened.add('sse')
    const fields = { connectionId: this.session.id, userId: viewer?.userId ?? null, role: viewer?.role ?? null }
    log.info({ ...fields, transport: 'sse' }, 'connection opened')
    if (this.response.closed) this.close()
  }

  /** Begins the response; returns what resolves when it is over. */
  open(): Promise<unknown> {
    const closed = once(this.response, 'close')
    this.#isOpen = true
    this.sink.open()
    return closed
  }

  /** Why it ends, for the log. The first reason counts. */
  explainEnd(reason: string): void {
    this.#reason ||= reason
  }

  end(error: AppError): void {
    this.#carried.end(error)
  }

  /** Cut rather than completed: a client takes the end of a stream for its end, and a lost connection for a reason to retry. */
  cut(reason: string): void {
    this.explainEnd(reason)
    this.response.destroy()
  }

  heartbeat(now: number): void {
    const { internals } = this.#options
    const { socket } = this.response
    if (socket && isWriteTimedOut(this.#progress, socket, now, internals)) this.cut(CLOSINGS.tooSlow.reason)
    if (now < this.#heartbeatAt || !this.#isOpen) return
    this.#heartbeatAt = now + HEARTBEAT_MS
    this.sink.heartbeat()
  }

  /** Closing twice does nothing. */
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

/** What is done with streams while they are open, whatever they carry. */
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
