import type { Viewer } from '../auth/viewer.ts'
import type { HttpSink } from '../delivery/http-sink.ts'
import type { Cancel } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { createRate, type Rate } from '../lib/rate.ts'
import { noBeginnings } from './beginnings.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Carried, HttpStream, HttpStreamOptions } from './http-stream.ts'
import type { Identity } from './identify.ts'
import type { TakenOperation } from './messages.ts'
import { endAnonymity } from './peer-budgets.ts'
import { openSession, type Session } from './session.ts'
import type { StreamCarrier, StreamedOperation, StreamedOptions } from './streamed-operation.ts'

export type SingleConnectionsOptions = HttpStreamOptions & StreamedOptions

/** How long a client has to open the stream that it has reserved, in milliseconds. */
const RESERVED_MS = 10_000

const ADVICE =
  'The client reserves another stream. Behind a load balancer, all of its requests must reach the same process: see docs/proxies.md.'

/**
 * The error NOT_FOUND for a stream token that is unknown on this node, or that belongs to another user. The two look the same to the
 * client.
 */
export function noSuchStream(): AppError {
  return new AppError(
    'NOT_FOUND',
    'There is no stream of yours with this token here. Reserve one by PUT.',
    {},
    { advice: ADVICE },
  )
}

/**
 * A connection in graphql-sse's single connection mode: one HTTP stream carries the results of many operations. It lasts from the
 * reservation of the stream to the end of that.
 */
export class SingleConnection implements StreamCarrier, Carried {
  readonly session: Session = openSession(newId(), (error) => this.end(error))
  readonly userId: string | undefined
  readonly address: string
  readonly rate: Rate
  readonly reservedUntil: number
  readonly operations = new Map<string, StreamedOperation>()
  readonly opened: Promise<HttpSink>
  leaveAnonymous: Cancel | undefined
  subscriptions: readonly TakenOperation[] = []
  beginnings = noBeginnings()
  /** The stream that carries the results; undefined until the client has opened it. */
  stream: HttpStream | undefined
  readonly #options: SingleConnectionsOptions
  readonly #forget: () => void
  readonly #resolveOpened: (sink: HttpSink) => void
  #isOver = false

  constructor(
    { viewer, address }: Pick<Identity, 'viewer' | 'address'>,
    options: SingleConnectionsOptions,
    forget: () => void,
  ) {
    const { services, clock } = options
    this.userId = viewer?.userId
    this.address = address
    this.rate = createRate(services.limits.operationsPerSecond, clock.now())
    this.reservedUntil = clock.now() + RESERVED_MS
    this.#options = options
    this.#forget = forget
    const { promise, resolve } = Promise.withResolvers<HttpSink>()
    this.opened = promise
    this.#resolveOpened = resolve
  }

  /**
   * Admits the viewer of a request that uses this connection. From then on the connection also ends with the token of this request. Throws
   * as `Sessions.admit` does.
   */
  admit(viewer: Viewer | undefined): void {
    if (viewer) this.#options.sessions.admit(this.session, viewer)
  }

  /** Throws NOT_FOUND when the connection is over, and CONFLICT when one of its operations already has this id. */
  requireRoomFor(operationId: string): void {
    // The connection can have ended while the request was read.
    if (this.#isOver || this.session.isEnding) throw noSuchStream()
    if (this.operations.has(operationId)) {
      throw new AppError('CONFLICT', 'An operation of this stream has this operationId already.')
    }
  }

  /** Opens the stream; operations that were sent before begin now. Resolves when the stream is over. */
  async open(stream: HttpStream): Promise<void> {
    this.stream = stream
    // The client can have gone before the stream was opened.
    if (stream.isOver) return
    if (this.userId === undefined) this.#boundAnonymity(stream)
    const closed = stream.open()
    this.#resolveOpened(stream.sink)
    await closed
  }

  /** Ends every operation with this error, and then the stream. A connection that was not opened yet is just closed. */
  end(error: AppError): void {
    this.session.isEnding = true
    this.#forget()
    const { stream } = this
    if (!stream) {
      this.close()
      return
    }
    // The response is already complete, and only waits for its client to read the rest.
    if (stream.response.writableEnded) return
    stream.explainEnd(error.message)
    const last = { errors: [this.#options.maskError(error)] }
    for (const operation of [...this.operations.values()]) operation.complete(last)
    stream.sink.end()
  }

  close(): void {
    if (this.#isOver) return
    this.#isOver = true
    const { connections, sessions } = this.#options
    this.#forget()
    connections.remove(this)
    for (const operation of [...this.operations.values()]) operation.abandon()
    endAnonymity(this)
    sessions.close(this.session)
  }

  #boundAnonymity(stream: HttpStream): void {
    const { services, clock } = this.#options
    const cut = (): void => stream.cut(CLOSINGS.anonymous.reason)
    stream.response.once('close', clock.after(services.limits.anonymousSocketMs, cut))
  }
}
