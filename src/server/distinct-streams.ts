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
  /** Streams that a client can have over one connection of its own naming. */
  readonly streamsPerConnection: number
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

/** A stream with one operation, from its admission to its end. */
class DistinctStream implements StreamMember, OpenedStream, Ending, Carried {
  readonly stream: HttpStream
  readonly #leave: () => void
  readonly #maskError: MaskError
  #delivery: Delivery | undefined
  /** The last result, of a stream that is complete before it is served. */
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

  /** Completes the stream with an error. */
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
    // It can be over although it has just begun.
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

/** Makes the way in for streams of one operation. */
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
