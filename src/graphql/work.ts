import { jsonSize } from '../lib/json-size.ts'

/** Says whether what is done is still wanted: of an AbortSignal just that, so that no connection needs one of its own. */
export type Signal = Pick<AbortSignal, 'aborted'>

/** Of what is finished whoever may have gone, such as an item for all who follow something. */
export const NEVER_ABORTED: Signal = { aborted: false }

/** Reads of one operation that are under way at a time: those of others come in between. */
const AT_A_TIME = 4
/** How long an operation goes on before others have their turn, in milliseconds. */
const MAX_STEP_MS = 10

type Task<Result> = () => Result | Promise<Result>

/**
 * What one operation does: a few reads at a time, so that one which needs a hundred does not make all others wait, in steps; no more once
 * nobody wants it, or once it has read more than it could answer.
 */
export class Work {
  readonly #signal: Signal
  readonly #maxBytes: number
  #bytes = 0
  #running = 0
  #stepBegan = performance.now()
  readonly #waiting: (() => void)[] = []

  constructor(signal: Signal, maxBytes: number) {
    this.#signal = signal
    this.#maxBytes = maxBytes
  }

  /** Nobody waits for it any more. */
  get isAborted(): boolean {
    return this.#signal.aborted
  }

  /** It has read more than `maxBytes`. */
  get isTooLarge(): boolean {
    return this.#bytes > this.#maxBytes
  }

  /** Runs a read when it is its turn; null when it need not be done any more. */
  read<Result>(task: Task<Result>): Result | null | Promise<Result | null> {
    if (this.isAborted || this.isTooLarge) return null
    if (this.#running < AT_A_TIME) return this.#begin(task)
    return new Promise<void>((resolve) => this.#waiting.push(resolve)).then(() => this.#begin(task))
  }

  #begin<Result>(task: Task<Result>): Result | null | Promise<Result | null> {
    if (this.isAborted || this.isTooLarge) return this.#leave(null)
    this.#running += 1
    let result: Result | Promise<Result>
    try {
      result = task()
    } catch (error) {
      this.#end()
      throw error
    }
    if (result instanceof Promise) return result.then((value) => this.#count(value)).finally(() => this.#end())
    this.#end()
    return this.#count(result)
  }

  #count<Result>(result: Result): Result {
    if (typeof result === 'object' && result !== null) this.#bytes += jsonSize(result, this.#maxBytes - this.#bytes)
    return result
  }

  #end(): void {
    this.#running -= 1
    this.#next()
  }

  #leave<Result>(result: Result): Result {
    this.#next()
    return result
  }

  #next(): void {
    const next = this.#waiting.shift()
    if (!next) return
    if (performance.now() - this.#stepBegan < MAX_STEP_MS) next()
    else {
      setImmediate(() => {
        this.#stepBegan = performance.now()
        next()
      })
    }
  }
}
