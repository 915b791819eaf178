import { jsonSize } from '../lib/json-size.ts'

/** Says whether a result is still wanted. It is only this part of an AbortSignal, so that a connection needs no whole one. */
export type Signal = Pick<AbortSignal, 'aborted'>

/** The signal of work that is finished even if its client has gone, such as an item for all subscribers of a group. */
export const NEVER_ABORTED: Signal = { aborted: false }

/** How many reads of one user are under way at a time; those of other users come in between. */
const AT_A_TIME = 4
/** How long the operations of one user go on before others have their turn, in milliseconds. */
const MAX_STEP_MS = 10

type Task<Result> = () => Result | Promise<Result>

/**
 * The reads of all operations of one user. A few run at a time, and in steps, so that a user that needs a hundred does not make all others
 * wait. While operations have read more than `maxBytes`, only the oldest goes on. While answers of more than `maxBytes` wait to be taken,
 * none goes on. So the memory of a user is bounded, however much is asked at once, and however slowly it is taken.
 */
export class Reads {
  readonly #maxBytes: number
  /** The operations that are executed, in the order of coming. */
  readonly #works = new Set<Work>()
  /** The operations with reads that wait; each has its turn. */
  #waiting: Work[] = []
  #running = 0
  #readBytes = 0
  #untakenBytes = 0
  #stepBegan = performance.now()
  #isResting = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** True when no operation is executed and every answer was taken. */
  get isIdle(): boolean {
    return this.#works.size === 0 && this.#untakenBytes === 0
  }

  /** Adds an operation that begins. */
  enter(work: Work): void {
    this.#works.add(work)
  }

  /**
   * Removes an operation that was executed, or that no client wants any more. No more than `untaken` bytes of what it read are kept, for
   * its answer.
   */
  leave(work: Work, untaken: number): void {
    if (!this.#works.delete(work)) return
    this.#readBytes -= work.bytes
    this.#untakenBytes += untaken
    this.#giveTurns()
  }

  /** Counts an answer of so many bytes as taken, or as given up. */
  take(bytes: number): void {
    this.#untakenBytes -= bytes
    this.#giveTurns()
  }

  /** Counts bytes that were read for an operation. */
  count(work: Work, bytes: number): void {
    if (this.#works.has(work)) this.#readBytes += bytes
  }

  /** Begins a read if it can begin now; returns whether it did. */
  begin(work: Work): boolean {
    if (this.#waiting.length > 0 || !this.#mayRead(work)) return false
    this.#running += 1
    return true
  }

  /** Notes that a read of this operation waits. */
  wait(work: Work): void {
    if (!this.#waiting.includes(work)) this.#waiting.push(work)
    this.#giveTurns()
  }

  /** Ends a read, so that another one can begin. */
  end(): void {
    this.#running -= 1
    this.#giveTurns()
  }

  #mayRead(work: Work): boolean {
    if (this.#running >= AT_A_TIME) return false
    if (work.isOver || !this.#works.has(work)) return true
    if (this.#untakenBytes > this.#maxBytes) return false
    return this.#readBytes <= this.#maxBytes || work === this.#works.values().next().value
  }

  #giveTurns(): void {
    if (this.#waiting.length === 0 || this.#isResting) return
    if (performance.now() - this.#stepBegan >= MAX_STEP_MS) this.#rest()
    else for (let next = this.#takeNext(); next; next = this.#takeNext()) this.#give(next)
  }

  #give(work: Work): void {
    this.#running += 1
    if (work.giveTurn()) this.#waiting.push(work)
  }

  #takeNext(): Work | undefined {
    const index = this.#waiting.findIndex((work) => this.#mayRead(work))
    return this.#waiting.splice(index, index < 0 ? 0 : 1)[0]
  }

  #rest(): void {
    this.#isResting = true
    setImmediate(() => {
      this.#isResting = false
      this.#stepBegan = performance.now()
      this.#giveTurns()
    })
  }
}

/** What one operation reads. It reads no more once no client wants its answer, or once it has read more than it could answer. */
export class Work {
  readonly #signal: Signal
  readonly #maxBytes: number
  readonly #reads: Reads
  readonly #waiting: (() => void)[] = []
  #bytes = 0
  #answerBytes = 0

  constructor(signal: Signal, maxBytes: number, reads = new Reads(Number.POSITIVE_INFINITY)) {
    this.#signal = signal
    this.#maxBytes = maxBytes
    this.#reads = reads
    reads.enter(this)
  }

  /** Bytes that were read for it so far, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** True once no client waits for its answer. */
  get isAborted(): boolean {
    return this.#signal.aborted
  }

  /** True once it has read more than `maxBytes`. */
  get isTooLarge(): boolean {
    return this.#bytes > this.#maxBytes
  }

  /** True once nothing more is read for it. */
  get isOver(): boolean {
    return this.isAborted || this.isTooLarge
  }

  /**
   * Runs a read when it is its turn, and gives its result; null when it need not be done any more. A promise only if the read waits or is
   * asynchronous.
   */
  read<Result>(task: Task<Result>): Result | null | Promise<Result | null> {
    if (this.isOver) return null
    if (this.#reads.begin(this)) return this.#run(task)
    return new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      this.#reads.wait(this)
    }).then(() => this.#run(task))
  }

  /** Lets one waiting read begin; returns whether more of them wait. */
  giveTurn(): boolean {
    this.#waiting.shift()?.()
    return this.#waiting.length > 0
  }

  /** To be called when the operation was executed, with the bytes of its answer. */
  answer(bytes: number): void {
    this.#answerBytes = bytes
    this.#reads.leave(this, bytes)
  }

  /** To be called when its answer was taken, or when no client wants it any more. */
  end(): void {
    this.#reads.leave(this, 0)
    this.#reads.take(this.#answerBytes)
    this.#answerBytes = 0
  }

  #run<Result>(task: Task<Result>): Result | null | Promise<Result | null> {
    if (this.isOver) return this.#ended(null)
    let result: Result | Promise<Result>
    try {
      result = task()
    } catch (error) {
      this.#reads.end()
      throw error
    }
    if (!(result instanceof Promise)) return this.#ended(result)
    return result.then(
      (value) => this.#ended(value),
      (error: unknown) => {
        this.#reads.end()
        throw error
      },
    )
  }

  #ended<Result>(result: Result): Result {
    if (typeof result === 'object' && result !== null) this.#count(jsonSize(result, this.#maxBytes - this.#bytes))
    this.#reads.end()
    return result
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#reads.count(this, bytes)
  }
}
