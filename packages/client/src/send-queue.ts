import type { ClientInternals } from './client.ts'
import type { SendTicketMessageInput } from './document-types.ts'
import { type HeraldError, isPassing, toHeraldError, tryAgain } from './errors.ts'

/** A message to send. */
export type NewMessage = Pick<
  SendTicketMessageInput,
  'body' | 'visibility' | 'data' | 'attachments' | 'replyToId' | 'expectedNumber'
>

/** A message that was sent here and that Herald has not confirmed. */
export interface OutgoingMessage extends NewMessage {
  /** The id that the stored message will have as `clientMessageId`: a key that stays the same. */
  readonly clientMessageId: string
  /** `waiting` for those before it, or for Herald; `sending`; `failed` until `retry` or `discard`. */
  readonly status: 'waiting' | 'sending' | 'failed'
  /** Why it failed; null if it did not. */
  readonly error: HeraldError | null
  /** When it was sent here. */
  readonly createdAt: string
}

/** Sends messages one after the other, each until Herald has stored it once or refuses it for good. */
export class SendQueue {
  #all: readonly OutgoingMessage[] = []
  #isBusy = false
  readonly #deliver: (message: OutgoingMessage) => Promise<void>
  readonly #onChange: () => void
  readonly #client: Pick<ClientInternals, 'over' | 'waiting'>

  /** `deliver` stores a message, and is called again with the same one when that failed. */
  constructor(
    deliver: (message: OutgoingMessage) => Promise<void>,
    onChange: () => void,
    client: Pick<ClientInternals, 'over' | 'waiting'>,
  ) {
    this.#deliver = deliver
    this.#onChange = onChange
    this.#client = client
  }

  /** In the order in which they were sent. */
  get all(): readonly OutgoingMessage[] {
    return this.#all
  }

  add(message: NewMessage): string {
    const clientMessageId = crypto.randomUUID()
    const createdAt = new Date().toISOString()
    this.#set([...this.#all, Object.freeze({ ...message, clientMessageId, status: 'waiting', error: null, createdAt })])
    void this.#run()
    return clientMessageId
  }

  /** Sends one that failed again, behind those that wait. */
  retry(clientMessageId: string): void {
    const one = this.#find(clientMessageId)
    if (one?.status !== 'failed') return
    this.#set([
      ...this.#all.filter((other) => other !== one),
      Object.freeze({ ...one, status: 'waiting', error: null }),
    ])
    void this.#run()
  }

  /** Takes one off that waits or failed. What is being sent may be stored already, so it stays. */
  discard(clientMessageId: string): void {
    if (this.#find(clientMessageId)?.status !== 'sending') this.#remove(clientMessageId)
  }

  #find(wanted: string): OutgoingMessage | undefined {
    return this.#all.find(({ clientMessageId }) => clientMessageId === wanted)
  }

  #remove(gone: string): void {
    this.#set(this.#all.filter(({ clientMessageId }) => clientMessageId !== gone))
  }

  #set(all: readonly OutgoingMessage[]): void {
    this.#all = all
    this.#onChange()
  }

  #change(id: string, change: Partial<OutgoingMessage>): void {
    this.#set(this.#all.map((one) => (one.clientMessageId === id ? Object.freeze({ ...one, ...change }) : one)))
  }

  async #run(): Promise<void> {
    if (this.#isBusy) return
    this.#isBusy = true
    for (let one = this.#next(); one && !this.#client.over.aborted; one = this.#next()) await this.#send(one)
    this.#isBusy = false
    if (this.#client.over.aborted) this.#set([])
  }

  #next(): OutgoingMessage | undefined {
    return this.#all.find(({ status }) => status === 'waiting')
  }

  async #send(message: OutgoingMessage): Promise<void> {
    const { clientMessageId } = message
    this.#change(clientMessageId, { status: 'sending' })
    try {
      await this.#deliver(message)
      this.#remove(clientMessageId)
    } catch (cause) {
      const error = toHeraldError(cause)
      if (!isPassing(error)) return this.#change(clientMessageId, { status: 'failed', error })
      this.#change(clientMessageId, { status: 'waiting' })
      await new Promise<void>((resolve) => tryAgain(error, this.#client.waiting, resolve))
    }
  }
}
