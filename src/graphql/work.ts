import { jsonSize } from '../lib/json-size.ts'

/** Says whether what is done is still wanted: of an AbortSignal just that, so that no connection needs one of its own. */
export type Signal = Pick<AbortSignal, 'aborted'>

/** Of what is finished whoever may have gone, such as an item for all who follow something. */
export const NEVER_ABORTED: Signal = { aborted: false }

/** Reads of one user that are under way at a time: those of others come in between. */
const AT_A_TIME = 4
/** How long the operations of a user go on before others have their turn, in milliseconds. */
const MAX_STEP_MS = 10

type Task<Result> = () => Result | Promise<Result>

/**
 * What the operations of one user read, together: a few reads at a time, so that whoever needs a hundred does not make all others wait,
 * in steps. While operations have read more than `maxBytes` only the oldest goes on, and none while answers of more wait to be taken:
 * so what a user takes is bounded, however much is asked at once, and however slowly it is taken.
 */
export class Reads {
  readonly #maxBytes: number
  /** Those that are executed, in the order of coming. */
  readonly #works = new Set<Work>()
  /** Those of them with reads that wait; each has its turn. */
  #waiting: Work[] = []
  #running = 0
  #readBytes = 0
  #untakenBytes = 0
  #stepBegan = performance.now()
  #isResting = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Nothing is executed, and every answer was taken. */
  get isIdle(): boolean {
    return this.#works.size === 0 && this.#untakenBytes === 0
  }

  /** An operation begins. */
  enter(work: Work): void {
    this.#works.add(work)
  }

  /** An operation was executed, or nobody wants it any more: of what it read no more than `untaken` bytes are kept. */
  leave(work: Work, untaken: number): void {
    if (!this.#works.delete(work)) return
    this.#readBytes -= work.bytes
    this.#untakenBytes += untaken
    this.#giveTurns()
  }

  /** An answer was taken, or never will be. */
  take(bytes: number): void {
    this.#untakenBytes -= bytes
    this.#giveTurns()
  }

  /** So many bytes were read for an operation. */
  count(work: Work, bytes: number): void {
    if (this.#works.has(work)) this.#readBytes += bytes
  }

  /** Begins a read if it can begin now. */
  begin(work: Work): boolean {
    if (this.#waiting.length > 0 || !this.#mayRead(work)) return false
    this.#running += 1
    return true
  }

  /** A read of this operation waits. */
  wait(work: Work): void {
    if (!this.#waiting.includes(work)) this.#waiting.push(work)
    this.#giveTurns()
  }

  /** A read is over. */
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

/** What one operation does: no more once nobody wants it, or once it has read more than it could answer. */
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

  /** Bytes that it has read, about. */
  get bytes(): number {
    return this.#bytes
  }

  /** Nobody waits for it any more. */
  get isAborted(): boolean {
    return this.#signal.aborted
  }

  /** It has read more than `maxBytes`. */
  get isTooLarge(): boolean {
    return this.#bytes > this.#maxBytes
  }

  /** Nothing is read for it any more. */
  get isOver(): boolean {
    return this.isAborted || this.isTooLarge
  }

  /** Runs a read when it is its turn; null when it need not be done any more. */
  read<Result>(task: Task<Result>): Result | null | Promise<Result | null> {
    if (this.isOver) return null
    if (this.#reads.begin(this)) return this.#run(task)
    return new Promise<void>((resolve) => {
      this.#waiting.push(resolve)
      this.#reads.wait(this)
    }).then(() => this.#run(task))
  }

  /** Lets a read begin that waits; says whether there are more. */
  giveTurn(): boolean {
    this.#waiting.shift()?.()
    return this.#waiting.length > 0
  }

  /** It was executed, and its answer has so many bytes. */
  answer(bytes: number): void {
    this.#answerBytes = bytes
    this.#reads.leave(this, bytes)
  }

  /** Its answer was taken, or nobody wants it any more. */
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
