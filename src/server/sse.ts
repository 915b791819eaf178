import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { tokenExpired } from '../auth/token-errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { ResultStream, Results } from '../delivery/results.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { Clock } from '../lib/clock.ts'
import type { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Care, Connections } from './connections.ts'
import type { HeldBytes } from './held-bytes.ts'
import { headBytes } from './held-requests.ts'
import type { ServerStats } from './server-stats.ts'
import { isExpired, type Session, type Sessions, usersOf } from './session.ts'
import { createStall, hasStalled } from './stall.ts'
import { createStreamSessions, type StreamMember } from './stream-sessions.ts'
import type { UserBudgets } from './user-budgets.ts'

export interface StreamOptions {
  readonly maskError: MaskError
  readonly connections: Connections
  readonly sessions: Sessions
  readonly budgets: UserBudgets
  /** Streams that a client can have over one connection of its own naming. */
  readonly streamsPerConnection: number
  readonly heldBytes: HeldBytes
  readonly stats: ServerStats
  readonly clock: Clock
  readonly log: Log
}

/** A subscription over HTTP that may begin. */
export interface OpenedStream {
  /** The connection that it belongs to. */
  readonly connectionId: string
  /** Lets the results through until its session ends, its client goes or does not read; an error instead of results closes it. */
  serve(results: Results): Results
}

/**
 * Makes room for a subscription over HTTP that takes about so many bytes of memory beside its request: a connection like any other,
 * present, expiring, drained. Throws RATE_LIMITED when its user has too many, or the connection too much. It is closed with its response at the latest.
 */
export type OpenStream = (
  request: IncomingMessage,
  response: ServerResponse,
  viewer: Viewer | undefined,
  bytes: number,
) => OpenedStream

const DONE = { done: true, value: undefined } as const

/** One stream, from its admission to its end. */
class Stream implements StreamMember, OpenedStream {
  readonly connectionId: string
  readonly #session: Session
  readonly #leave: () => void
  readonly #response: ServerResponse
  readonly #options: StreamOptions
  readonly #openedAt: number
  readonly stall = createStall()
  #results: ResultStream | undefined
  #farewell: ExecutionResult | undefined
  /** What the client was told, or why it was cut. */
  #reason = ''
  #isOver = false

  constructor(
    join: (stream: StreamMember) => readonly [Session, () => void],
    response: ServerResponse,
    options: StreamOptions,
    bytes: number,
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
    this.#response = response
    this.#options = options
    this.#openedAt = options.clock.now()
    response.once('close', () => this.close())
  }

  get session(): Session {
    return this.#session
  }

  get response(): ServerResponse {
    return this.#response
  }

  /** Completes the stream with an error. */
  end(error: AppError): void {
    this.#farewell ??= { errors: [this.#options.maskError(error)] }
    this.#reason ||= error.message
    void this.#results?.return?.()
  }

  /** Cut rather than completed: a client takes the end of a stream for its end, and a lost connection for a reason to retry. */
  cut(reason: string): void {
    this.#reason ||= reason
    this.#response.destroy()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { connections, stats, clock, log } = this.#options
    connections.remove(this)
    this.#leave()
    stats.open.add('sse', -1)
    const durationMs = clock.now() - this.#openedAt
    const fields = { connectionId: this.connectionId, users: usersOf(this.#session), reason: this.#reason, durationMs }
    log.info({ ...fields, transport: 'sse' }, 'connection closed')
  }

  serve(results: Results): Results {
    if (!(Symbol.asyncIterator in results)) {
      this.close()
      return results
    }
    this.#results = results
    // It can have ended while the subscription began.
    if (this.#isOver || this.#farewell) void results.return?.()
    const served: ResultStream = {
      next: () => this.#next(results),
      return: async () => {
        this.close()
        return (await results.return?.()) ?? DONE
      },
      [Symbol.asyncIterator]: () => served,
    }
    return served
  }

  async #next(results: ResultStream): Promise<IteratorResult<ExecutionResult, undefined>> {
    if (this.#isOver) return DONE
    try {
      const result = await results.next()
      if (!result.done) return result
    } catch (error) {
      this.#farewell = { errors: [this.#options.maskError(error)] }
    }
    this.close()
    return this.#farewell ? { done: false, value: this.#farewell } : DONE
  }
}

const createCare = (sessions: Sessions): Care<Stream> => ({
  beat: (stream, now) => {
    const { session, response, stall } = stream
    if (isExpired(session, now)) stream.end(tokenExpired())
    if (response.socket && hasStalled(stall, response.socket, now)) stream.cut(CLOSINGS.tooSlow.reason)
  },
  recheck: ({ session }) => sessions.recheck(session),
  drain: (stream) => stream.cut(CLOSINGS.draining.reason),
  terminate: ({ response }) => response.destroy(),
})

/** Makes the way in for streams over HTTP. */
export const createOpenStream = (options: StreamOptions): OpenStream => {
  const { connections, sessions, stats, log } = options
  const care = createCare(sessions)
  const streamSessions = createStreamSessions(options)
  return (request, response, viewer, bytes) => {
    const join = (member: StreamMember) => streamSessions.join(member, request, viewer)
    const stream = new Stream(join, response, options, bytes + headBytes(request))
    connections.add(stream, care)
    stats.open.add('sse')
    stats.opened.add('sse')
    const fields = { connectionId: stream.connectionId, userId: viewer?.userId ?? null, role: viewer?.role ?? null }
    log.info({ ...fields, transport: 'sse' }, 'connection opened')
    return stream
  }
}
