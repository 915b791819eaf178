import type { ExecutionResult } from 'graphql'
import type { Ending, Join, Joined, ResultStream, SeatedResults } from '../delivery/results.ts'

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
  #start: ((results: PendingResults) => Promise<SeatedResults>) | undefined
  #turn: Promise<Turn> | undefined
  #resolve: ((turn: Turn) => void) | undefined
  #joined: Joined | undefined
  #isOver = false

  constructor(start: (results: PendingResults) => Promise<SeatedResults>) {
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

  end(last?: ExecutionResult): void {
    this.#end(last ? { done: false, value: last } : DONE)
  }

  async #begin(): Promise<void> {
    const start = this.#start
    this.#start = undefined
    const results = await start?.(this)
    if (typeof results === 'function') this.#join(results)
    else if (results) this.end(results)
  }

  #join(join: Join): void {
    if (this.#isOver) return
    this.#joined = join(this)
    if (this.#isOver) this.#joined.leave()
  }

  #end(turn: Turn): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#joined?.leave()
    this.#resolve?.(turn)
  }
}
