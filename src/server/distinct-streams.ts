import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { StreamEncoding } from '../delivery/http-sink.ts'
import { operationId, shareMessage } from '../delivery/message.ts'
import type { Delivery, Ending, Subscribing } from '../delivery/sink.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { AppError } from '../lib/errors.ts'
import { headBytes } from './held-requests.ts'
import { type Carried, createStreamLifecycle, HttpStream, type HttpStreamOptions } from './http-stream.ts'
import type { Session } from './session.ts'
import { createStreamSessions, type StreamMember } from './stream-sessions.ts'
import type { UserBudgets } from './user-budgets.ts'

export interface DistinctStreamOptions extends HttpStreamOptions {
  readonly maskError: MaskError
  readonly budgets: UserBudgets
  /** How many streams a client may have at a time over one connection that it names with the header `herald-connection`. */
  readonly streamsPerConnection: number
}

/** A subscription over HTTP that was admitted, with a response of its own. */
export interface OpenedStream {
  /** The id of the connection that the stream belongs to. Streams with the same `herald-connection` header share one. */
  readonly connectionId: string
  /** What the engine needs to deliver the subscription: where its results go, and how it is ended. */
  readonly subscribing: Omit<Subscribing, 'extensions'>
  /**
   * Opens the response, and keeps it open while `delivery` writes into it. Resolves when the response is over: its session has ended, or
   * its client has gone or does not read.
   */
  serve(delivery: Delivery): Promise<void>
  /**
   * Closes the stream, because the subscription could not begin. Returns the result to answer with: the error that ended the session, if
   * that came first, else `answer`.
   */
  refuse(answer: ExecutionResult): ExecutionResult
}

/**
 * Admits a subscription over HTTP. It counts as a connection: its user is present, it ends with its token, and it is drained. Throws
 * RATE_LIMITED when its user has too many connections or subscriptions, or its connection has too many streams or holds too much. The
 * stream is closed with its response at the latest.
 */
export type OpenStream = (request: IncomingMessage, response: ServerResponse, opening: Opening) => OpenedStream

/** The viewer of a stream, the bytes of memory that it takes beside its request (about), and how results are written. */
export interface Opening {
  readonly viewer: Viewer | undefined
  readonly bytes: number
  readonly encoding: StreamEncoding
}

/** The operation id of a stream with one operation. No client sees it, so it is empty. */
const ID = operationId('')

/** A stream over HTTP with one subscription in a response of its own, from its admission to its end. */
class DistinctStream implements StreamMember, OpenedStream, Ending, Carried {
  readonly stream: HttpStream
  readonly #leave: () => void
  readonly #maskError: MaskError
  #delivery: Delivery | undefined
  /** Set once the stream is complete, with its last result if there is one. That can be before the stream is served. */
  #last: { readonly result: ExecutionResult | undefined } | undefined

  constructor(
    join: (stream: StreamMember) => readonly [Session, () => void],
    response: ServerResponse,
    options: DistinctStreamOptions,
    { bytes, encoding }: Omit<Opening, 'viewer'>,
  ) {
    const [session, leave] = join(this)
    this.#leave = leave
    this.#maskError = options.maskError
    try {
      this.stream = new HttpStream({ session, response, encoding, bytes }, this, options)
    } catch (error) {
      leave()
      throw error
    }
  }

  get connectionId(): string {
    return this.stream.session.id
  }

  get subscribing(): Omit<Subscribing, 'extensions'> {
    return { sink: this.stream.sink, id: ID, resume: undefined, onBegun: undefined, ending: this }
  }

  get isOver(): boolean {
    return this.stream.isOver || this.#last !== undefined
  }

  complete(result?: ExecutionResult): void {
    if (this.isOver) return
    this.#last = { result }
    if (this.#delivery) this.#finish(result)
  }

  /** Completes the stream, with this error as its last result. */
  end(error: AppError): void {
    this.stream.explainEnd(error.message)
    this.complete({ errors: [this.#maskError(error)] })
  }

  close(): void {
    this.#delivery?.stop()
    this.#leave()
  }

  refuse(answer: ExecutionResult): ExecutionResult {
    this.stream.close()
    return this.#last?.result ?? answer
  }

  async serve(delivery: Delivery): Promise<void> {
    this.#delivery = delivery
    if (this.stream.isOver) return delivery.stop()
    const closed = this.stream.open()
    // The subscription can have ended while it was beginning.
    if (this.#last) this.#finish(this.#last.result)
    await closed
  }

  #finish(result: ExecutionResult | undefined): void {
    const { sink } = this.stream
    this.#delivery?.stop()
    if (result) sink.send(shareMessage(JSON.stringify(result)), ID)
    sink.complete(ID)
    sink.end()
  }
}

/** Returns the function that admits subscriptions over HTTP, each with a response of its own. */
export function createOpenStream(options: DistinctStreamOptions): OpenStream {
  const lifecycle = createStreamLifecycle(options.sessions)
  const streamSessions = createStreamSessions(options)
  return (request, response, { viewer, bytes, encoding }) => {
    const join = (member: StreamMember) => streamSessions.join(member, request, viewer)
    const opened = new DistinctStream(join, response, options, { bytes: bytes + headBytes(request), encoding })
    opened.stream.begin(viewer, lifecycle)
    return opened
  }
}
