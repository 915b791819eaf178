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

/** A connection whose operations come by HTTP requests of their own, and whose results leave by one stream. */
export interface StreamCarrier extends Carrier {
  /** The operations that are not over, by their ids. */
  readonly operations: Map<string, StreamedOperation>
  /** Resolves when the stream of the connection is open. Never settles when the connection ends before that. */
  readonly opened: Promise<HttpSink>
}

/** An operation that was checked and counted, and may begin on a stream. */
export interface StreamedRequest {
  readonly id: string
  readonly asked: Asked
  readonly args: OperationArgs
}

function messageOf(result: ExecutionResult): Message {
  return shareMessage(JSON.stringify(result))
}

/**
 * An operation whose results leave by a stream that carries others, too. It lasts from its beginning until its last result was taken by the
 * network.
 */
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

  /**
   * Counts the operation on its connection. Throws RATE_LIMITED when the connection or its user has too many subscriptions, or their
   * operations take too much memory.
   */
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

  /** True once no client waits for the answer. */
  get aborted(): boolean {
    return this.#isOver
  }

  /** Runs the operation once the stream is open. Resolves when a query or mutation was answered, or a subscription has begun. */
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

  /** Ends the operation because its client has ended it: nothing more is written. What was written before is still delivered. */
  stop(): void {
    if (!this.#isOver) this.abandon()
  }

  /** Ends the operation because its client has gone: nothing more is written. */
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

  /**
   * Executes a query or mutation, and writes its answer. Waits until earlier results of the stream were taken. Answers follow each other,
   * so that only one of them waits to be taken.
   */
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

/**
 * Begins an operation on a stream of many operations. Throws RATE_LIMITED when the connection or its user has too many subscriptions, or
 * their operations take too much memory. Errors that come later are written into the stream.
 */
export function beginOn(carrier: StreamCarrier, request: StreamedRequest, options: StreamedOptions): void {
  const operation = new StreamedOperation(carrier, request, options)
  operation.begin(request).catch((error: unknown) => operation.complete({ errors: [options.maskError(error)] }))
}
