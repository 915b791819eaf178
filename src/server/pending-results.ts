import type { ExecutionResult } from 'graphql'
import type { Delivery, Ending } from '../delivery/sink.ts'

/** Results of an operation, as graphql-ws reads them. `return()` ends them at once, and never rejects. */
export type ResultStream = AsyncIterableIterator<ExecutionResult, undefined>

type Turn = IteratorResult<ExecutionResult, undefined>

const DONE = { done: true, value: undefined } as const

/**
 * The results of an operation on a WebSocket, as graphql-ws reads them. The first `next()` runs `start`. It resolves to the only result of
 * a query or mutation, or to the last one of a subscription; other results of a subscription do not pass here. It rejects when `start`
 * does.
 *
 * graphql-ws can only end what it already holds, so it gets this object before the operation begins. A client can use the id again once it
 * has ended the operation, and graphql-ws takes a late result for one of the new operation. So `return()` ends this at once, and what
 * `start` still finds is thrown away.
 *
 * There is one object per subscription, which lasts as long; what was needed to begin is dropped.
 */
export class PendingResults implements ResultStream, Ending {
  #start: ((results: PendingResults) => Promise<ExecutionResult | Delivery>) | undefined
  #turn: Promise<Turn> | undefined
  #resolve: ((turn: Turn) => void) | undefined
  #delivery: Delivery | undefined
  #isOver = false

  constructor(start: (results: PendingResults) => Promise<ExecutionResult | Delivery>) {
    this.#start = start
  }

  /** True once the operation is over, or its client has ended it or has gone: nothing needs to begin for it. */
  get isOver(): boolean {
    return this.#isOver
  }

  next(): Promise<Turn> {
    if (this.#isOver) return Promise.resolve(DONE)
    this.#turn ??= new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#begin().catch(reject)
    })
    return this.#turn
  }

  async return(): Promise<Turn> {
    this.#end(DONE)
    return DONE
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  complete(last?: ExecutionResult): void {
    this.#end(last ? { done: false, value: last } : DONE)
  }

  async #begin(): Promise<void> {
    const start = this.#start
    this.#start = undefined
    const results = await start?.(this)
    if (!results) return
    if (!('stop' in results)) return this.complete(results)
    this.#delivery = results
    if (this.#isOver) results.stop()
  }

  #end(turn: Turn): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#delivery?.stop()
    this.#resolve?.(turn)
  }
}
