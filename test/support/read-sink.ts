import type { ExecutionResult } from 'graphql'
import type { Message } from '../../src/delivery/message.ts'
import type { Ending, Sink } from '../../src/delivery/sink.ts'

/** A test may look at a rejection later than it comes. */
export function handled<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}

/** A connection on which what is sent waits until it is read. */
export class ReadSink implements Sink, Ending {
  lastPage: Promise<void> | undefined
  isOver = false
  /** The last result. */
  last: ExecutionResult | undefined
  readonly #room: number
  readonly #sent: Message[] = []
  readonly #readers: PromiseWithResolvers<Message | undefined>[] = []
  #waiting: (() => void)[] = []
  #failure: unknown
  onOver = (): void => {}

  constructor(room: number) {
    this.#room = room
  }

  send(message: Message): void {
    const reader = this.#readers.shift()
    if (reader) reader.resolve(message)
    else this.#sent.push(message)
  }

  isSlow(): boolean {
    return this.#sent.length - this.#readers.length >= this.#room
  }

  async waitForRoom(): Promise<void> {
    while (this.isSlow()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  complete(last?: ExecutionResult): void {
    if (this.isOver) return
    this.isOver = true
    this.last = last
    this.onOver()
    this.#failure = last?.errors?.[0]?.originalError
    for (const reader of this.#readers.splice(0)) {
      if (this.#failure === undefined) reader.resolve(undefined)
      else this.#fail(reader)
    }
  }

  /** The next message; undefined when nothing more comes. */
  read(): Promise<Message | undefined> {
    const turn = Promise.withResolvers<Message | undefined>()
    const sent = this.#sent.shift()
    if (sent) turn.resolve(sent)
    else if (this.#failure !== undefined) this.#fail(turn)
    else if (this.isOver) turn.resolve(undefined)
    else this.#readers.push(turn)
    for (const goOn of this.#waiting.splice(0)) goOn()
    return handled(turn.promise)
  }

  /** Whoever reads first is told why. */
  #fail({ reject }: PromiseWithResolvers<Message | undefined>): void {
    reject(this.#failure)
    this.#failure = undefined
  }
}
