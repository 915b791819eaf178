import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { tokenExpired } from '../auth/token-errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import { HttpSink, type StreamEncoding } from '../delivery/http-sink.ts'
import { operationId, shareMessage } from '../delivery/message.ts'
import type { Delivery, Ending, Subscribing } from '../delivery/sink.ts'
import type { Internals } from '../delivery/ws-internals.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Connections, Lifecycle } from './connections.ts'
import type { HeldBytes } from './held-bytes.ts'
import { headBytes } from './held-requests.ts'
import type { ServerStats } from './server-stats.ts'
import { isExpired, type Session, type Sessions, usersOf } from './session.ts'
import { createStreamSessions, type StreamMember } from './stream-sessions.ts'
import type { UserBudgets } from './user-budgets.ts'
import { createWriteProgress, isWriteTimedOut } from './write-timeout.ts'

export interface StreamOptions {
  readonly maskError: MaskError
  readonly connections: Connections
  readonly sessions: Sessions
  readonly budgets: UserBudgets
  /** Streams that a client can have over one connection of its own naming. */
  readonly streamsPerConnection: number
  readonly heldBytes: HeldBytes
  readonly stats: ServerStats
  readonly internals: Internals
  readonly clock: Clock
  readonly log: Log
}

/** A subscription over HTTP that may begin. */
export interface OpenedStream {
  /** The connection that it belongs to. */
  readonly connectionId: string
  /** Where its results go. */
  readonly subscribing: Omit<Subscribing, 'extensions'>
  /** Answers with what is delivered. Resolves when the response is over: with its session, or when its client goes or does not read. */
  serve(delivery: Delivery): Promise<void>
  /** It has not begun: returns what is to be answered, which is what ended its session, if that came first. */
  refuse(answer: ExecutionResult): ExecutionResult
}

/**
 * Makes room for a subscription over HTTP that takes about so many bytes of memory beside its request: a connection like any other,
 * present, expiring, drained. Throws RATE_LIMITED when its user has too many, or the connection too much. It is closed with its response at the latest.
 */
export type OpenStream = (request: IncomingMessage, response: ServerResponse, opening: Opening) => OpenedStream

/** Whose stream it is, and how it is written. */
export interface Opening {
  readonly viewer: Viewer | undefined
  readonly bytes: number
  readonly encoding: StreamEncoding
}

/** A response has one operation, whose id nobody sees. */
const ID = operationId('')

/** How often a client that nothing is sent to is shown that its stream is alive. */
const HEARTBEAT_MS = 12_000

/** One stream, from its admission to its end. */
class Stream implements StreamMember, OpenedStream, Ending {
  readonly connectionId: string
  readonly progress = createWriteProgress()
  readonly #session: Session
  readonly #leave: () => void
  readonly #sink: HttpSink
  readonly #options: StreamOptions
  readonly #openedAt: number
  #heartbeatAt: number
  #delivery: Delivery | undefined
  /** The last result, of a stream that is complete before it is served. */
  #last: { readonly result: ExecutionResult | undefined } | undefined
  /** What the client was told, or why it was cut. */
  #reason = ''
  #isOver = false

  constructor(
    join: (stream: StreamMember) => readonly [Session, () => void],
    response: ServerResponse,
    options: StreamOptions,
    { bytes, encoding }: Omit<Opening, 'viewer'>,
  ) {
    const [session, leave] = join(this)
    try {
      options.heldBytes.hold(session, bytes)
    } catch (error) {
      leave()
      throw error
    }
    this.connectionId = session.id
    this.#session = session
    this.#leave = () => {
      options.heldBytes.release(session, bytes)
      leave()
    }
    this.#sink = new HttpSink(response, encoding)
    this.#options = options
    this.#openedAt = options.clock.now()
    this.#heartbeatAt = this.#openedAt + HEARTBEAT_MS
    response.once('close', () => this.close())
  }

  get session(): Session {
    return this.#session
  }

  get response(): ServerResponse {
    return this.#sink.response
  }

  get subscribing(): Omit<Subscribing, 'extensions'> {
    return { sink: this.#sink, id: ID, resume: undefined, onBegun: undefined, ending: this }
  }

  get isOver(): boolean {
    return this.#isOver || this.#last !== undefined
  }

  complete(result?: ExecutionResult): void {
    if (this.isOver) return
    this.#last = { result }
    if (this.#delivery) this.#finish(result)
  }

  /** Completes the stream with an error. */
  end(error: AppError): void {
    this.#reason ||= error.message
    this.complete({ errors: [this.#options.maskError(error)] })
  }

  /** Cut rather than completed: a client takes the end of a stream for its end, and a lost connection for a reason to retry. */
  cut(reason: string): void {
    this.#reason ||= reason
    this.response.destroy()
  }

  heartbeat(now: number): void {
    if (now < this.#heartbeatAt || !this.#delivery) return
    this.#heartbeatAt = now + HEARTBEAT_MS
    this.#sink.heartbeat()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#delivery?.stop()
    const { connections, stats, clock, log } = this.#options
    connections.remove(this)
    this.#leave()
    stats.open.add('sse', -1)
    const durationMs = clock.now() - this.#openedAt
    const fields = { connectionId: this.connectionId, users: usersOf(this.#session), reason: this.#reason, durationMs }
    log.info({ ...fields, transport: 'sse' }, 'connection closed')
  }

  refuse(answer: ExecutionResult): ExecutionResult {
    this.close()
    return this.#last?.result ?? answer
  }

  async serve(delivery: Delivery): Promise<void> {
    this.#delivery = delivery
    if (this.#isOver) return delivery.stop()
    const closed = once(this.response, 'close')
    this.#sink.open()
    // It can be over although it has just begun.
    if (this.#last) this.#finish(this.#last.result)
    await closed
  }

  #finish(result: ExecutionResult | undefined): void {
    this.#delivery?.stop()
    if (result) this.#sink.send(shareMessage(JSON.stringify(result)), ID)
    this.#sink.complete(ID)
    this.#sink.end()
  }
}

function createLifecycle({ sessions, internals }: StreamOptions): Lifecycle<Stream> {
  return {
    heartbeat: (stream, now) => {
      const { session, response, progress } = stream
      if (isExpired(session, now)) stream.end(tokenExpired())
      if (response.socket && isWriteTimedOut(progress, response.socket, now, internals))
        stream.cut(CLOSINGS.tooSlow.reason)
      stream.heartbeat(now)
    },
    recheck: ({ session }) => sessions.recheck(session),
    drain: (stream) => stream.cut(CLOSINGS.draining.reason),
    terminate: ({ response }) => response.destroy(),
  }
}

/** Makes the way in for streams over HTTP. */
export function createOpenStream(options: StreamOptions): OpenStream {
  const { connections, stats, log } = options
  const lifecycle = createLifecycle(options)
  const streamSessions = createStreamSessions(options)
  return (request, response, { viewer, bytes, encoding }) => {
    const join = (member: StreamMember) => streamSessions.join(member, request, viewer)
    const stream = new Stream(join, response, options, { bytes: bytes + headBytes(request), encoding })
    connections.add(stream, lifecycle)
    stats.open.add('sse')
    stats.opened.add('sse')
    const fields = { connectionId: stream.connectionId, userId: viewer?.userId ?? null, role: viewer?.role ?? null }
    log.info({ ...fields, transport: 'sse' }, 'connection opened')
    // Its client can have gone before.
    if (response.closed) stream.close()
    return stream
  }
}
