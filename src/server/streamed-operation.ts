import type { ExecutionResult } from 'graphql'
import type { HttpSink } from '../delivery/http-sink.ts'
import { type Message, type OperationId, operationId, shareMessage } from '../delivery/message.ts'
import { type Delivery, type Ending, inPageTurn } from '../delivery/sink.ts'
import type { Services } from '../graphql/context.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { Signal } from '../graphql/work.ts'
import type { Answering, Answers } from './answers.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { hasBegun, whenBegun } from './beginnings.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { TakenOperation } from './messages.ts'
import type { OperationArgs, Operations } from './operations.ts'
import { type Carrier, endOperation, releaseVariables, takeOperation, takeSubscription } from './peer.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { ServerStats } from './server-stats.ts'

export interface StreamedOptions {
  readonly services: Services
  readonly operations: Operations
  readonly answers: Answers
  readonly heldBytes: HeldBytes
  readonly peerBudgets: PeerBudgets
  readonly maskError: MaskError
  readonly stats: ServerStats
}

/** A connection whose operations come by requests of their own, and whose results leave by one stream. */
export interface StreamCarrier extends Carrier {
  /** Those that are not over, by their ids. */
  readonly operations: Map<string, StreamedOperation>
  /** Resolves when its stream is open; never when it ends before. */
  readonly opened: Promise<HttpSink>
}

/** An operation that was checked and counted. */
export interface StreamedRequest {
  readonly id: string
  readonly asked: Asked
  readonly args: OperationArgs
}

function messageOf(result: ExecutionResult): Message {
  return shareMessage(JSON.stringify(result))
}

/** An operation whose results leave by a stream that others have, too; from its beginning until its last result was taken. */
export class StreamedOperation implements Ending, Signal, TakenOperation {
  documentDigest: string | undefined
  documentBytes = 0
  heldBytes = 0
  answering: Answering | undefined
  readonly #id: OperationId
  readonly #key: string
  readonly #carrier: StreamCarrier
  readonly #options: StreamedOptions
  #sink: HttpSink | undefined
  #delivery: Delivery | undefined
  #isOver = false
  #hasLeft = false

  /** Throws RATE_LIMITED when the connection or its user has too many, or they take too much. */
  constructor(carrier: StreamCarrier, { id, asked }: StreamedRequest, options: StreamedOptions) {
    this.#id = operationId(id)
    this.#key = id
    this.#carrier = carrier
    this.#options = options
    this.#take(asked)
    carrier.operations.set(id, this)
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Nobody wants its answer any more. */
  get aborted(): boolean {
    return this.#isOver
  }

  async begin({ asked: { operation }, args }: StreamedRequest): Promise<void> {
    this.#sink = await this.#carrier.opened
    if (this.#isOver) return
    if (operation.operation === 'subscription') await this.#subscribe(args, this.#sink)
    else await this.#execute(args, this.#sink)
  }

  complete(last?: ExecutionResult): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#delivery?.stop()
    this.#write(last && messageOf(last))
    this.#leave()
  }

  /** Its client has ended it: nothing is written any more. What was written is still to be taken. */
  stop(): void {
    if (!this.#isOver) this.abandon()
  }

  /** Its client has gone. */
  abandon(): void {
    this.#isOver = true
    this.#delivery?.stop()
    this.#leave()
  }

  async #subscribe(args: OperationArgs, sink: HttpSink): Promise<void> {
    const onBegun = (): void => hasBegun(this.#carrier, this.#key)
    const subscribing = { sink, id: this.#id, resume: undefined, onBegun, ending: this }
    const answer = await this.#options.operations.subscribe(args, subscribing)
    if (!('stop' in answer)) return this.complete(answer)
    this.#delivery = answer
    if (this.#isOver) answer.stop()
  }

  /** What was answered before has to be taken first, and answers follow each other, so that one of them waits to be written. */
  async #execute(args: OperationArgs, sink: HttpSink): Promise<void> {
    const { operations, answers, heldBytes } = this.#options
    await whenBegun(this.#carrier)
    await sink.waitForRoom()
    if (this.#isOver) return
    this.answering = answers.begin(args.contextValue.viewer, this)
    const message = messageOf(await operations.execute({ ...args, work: this.answering.work }))
    await inPageTurn(sink, async () => {
      if (this.#isOver) return
      this.#isOver = true
      this.#write(message)
      releaseVariables(this.#carrier, this, heldBytes)
      await sink.waitForRoom()
      this.#leave()
    })
  }

  #write(message: Message | undefined): void {
    if (message) this.#sink?.send(message, this.#id)
    this.#sink?.complete(this.#id)
  }

  #take(asked: Asked): void {
    const { services, heldBytes, stats, peerBudgets: budgets } = this.#options
    const { prepared, operation, variableValues } = asked
    const most = { subscriptions: services.limits.subscriptionsPerSocket, heldBytes, rejects: stats.rejects, budgets }
    if (operation.operation !== 'subscription') {
      const bytes = prepared.bytes + Buffer.byteLength(JSON.stringify(variableValues))
      takeOperation(this.#carrier, this, bytes, most)
      return
    }
    this.documentDigest = prepared.digest
    this.documentBytes = prepared.bytes
    this.heldBytes = subscriptionBytes(asked)
    takeSubscription(this.#carrier, this.#key, this, most)
  }

  #leave(): void {
    if (this.#hasLeft) return
    this.#hasLeft = true
    this.#carrier.operations.delete(this.#key)
    const { heldBytes, peerBudgets } = this.#options
    if (endOperation(this.#carrier, this.#key, this, heldBytes)) peerBudgets.unsubscribe(this.#carrier)
  }
}

/** Begins an operation on a connection. Throws RATE_LIMITED when the connection or its user has too many, or they take too much. */
export function beginOn(carrier: StreamCarrier, request: StreamedRequest, options: StreamedOptions): void {
  const operation = new StreamedOperation(carrier, request, options)
  operation.begin(request).catch((error: unknown) => operation.complete({ errors: [options.maskError(error)] }))
}
