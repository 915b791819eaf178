import type { ExecutionResult } from 'graphql'
import type { Delivery, Ending } from '../delivery/sink.ts'

/** Results that end at once when `return()` is called, which never rejects. */
export type ResultStream = AsyncIterableIterator<ExecutionResult, undefined>

type Turn = IteratorResult<ExecutionResult, undefined>

const DONE = { done: true, value: undefined } as const

/**
 * The results of an operation on a WebSocket that has not begun, as graphql-ws reads them: `start` runs with the first `next()`, which
 * resolves to the only result of an operation, or to the last one of a subscription, whose other results go past it. graphql-ws
 * can end only what it holds already, and takes what comes for an id as that of the operation which uses it now. It holds this at
 * once, and `return()` ends it at once: what `start` still finds then is thrown away. `next()` rejects when `start` does.
 *
 * One object, since there is one per subscription: it lasts, and what it took to begin is let go.
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

  /** The client has ended it, or is gone: nothing needs to be begun for it any more. */
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
