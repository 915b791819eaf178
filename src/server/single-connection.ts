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

/** How long a client has to open what it has reserved. */
const RESERVED_MS = 10_000

const ADVICE =
  'The client reserves another stream. Behind a load balancer, all of its requests must reach the same process: see docs/deploy.md.'

/** What is told of a token that means nothing here, or nothing to who shows it. */
export function noSuchStream(): AppError {
  return new AppError(
    'NOT_FOUND',
    'There is no stream of yours with this token here. Reserve one by PUT.',
    {},
    { advice: ADVICE },
  )
}

/** A connection from its reservation to the end of its stream. */
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
  /** Undefined until it is opened. */
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

  /** A request of whoever reserved it belongs to it: with the token of that it ends, too. Throws as `Sessions.admit` does. */
  admit(viewer: Viewer | undefined): void {
    if (viewer) this.#options.sessions.admit(this.session, viewer)
  }

  /** Throws NOT_FOUND when it is over, and CONFLICT when one of its operations has this id. */
  requireRoomFor(operationId: string): void {
    // It can have come to its end while the request was read.
    if (this.#isOver || this.session.isEnding) throw noSuchStream()
    if (this.operations.has(operationId)) {
      throw new AppError('CONFLICT', 'An operation of this stream has this operationId already.')
    }
  }

  /** Its stream begins; resolves when that is over. */
  async open(stream: HttpStream): Promise<void> {
    this.stream = stream
    // Its client can have gone before.
    if (stream.isOver) return
    if (this.userId === undefined) this.#boundAnonymity(stream)
    const closed = stream.open()
    this.#resolveOpened(stream.sink)
    await closed
  }

  /** Each of its operations ends with the error, and the stream with them. */
  end(error: AppError): void {
    this.session.isEnding = true
    this.#forget()
    const { stream } = this
    if (!stream) {
      this.close()
      return
    }
    // It can wait for its client to read the rest.
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
