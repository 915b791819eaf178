import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Acknowledgements, pingAlong } from '../resume/acknowledgements.ts'
import { frameText, isInParts, type Message, type OperationId, operationId } from './message.ts'
import { type Sink, SOFT_LIMIT_BYTES } from './sink.ts'

/** What waits for one operation. */
interface Pending {
  readonly id: OperationId
  batch: Batch
}

/** Messages that follow each other. All who are sent the same ones have the same batch, so that what waits for a crowd takes no room for each. */
interface Batch {
  readonly messages: readonly Message[]
  /** These, and the one that followed them last. */
  longer: Batch | undefined
}

const NOTHING: Batch = { messages: [], longer: undefined }

function withOne(batch: Batch, message: Message): Batch {
  const { messages, longer } = batch
  if (longer?.messages[messages.length] === message) return longer
  batch.longer = { messages: messages.concat(message), longer: undefined }
  return batch.longer
}

/** A question belongs to no operation. */
const NO_OPERATION = operationId('')
const questions: Message[] = []

/** A question as clients of graphql-ws echo it. */
function ackPing(number: number): Message {
  questions[number] ??= frameText(JSON.stringify({ type: 'ping', payload: { ack: number } }))
  return questions[number]
}

// One turn's end for all sockets, rather than a timer of each.
let dirty: WebSocketSink[] = []

function flushAll(): void {
  const sinks = dirty
  dirty = []
  NOTHING.longer = undefined
  for (const sink of sinks) sink.flush()
}

/** The private parts of `ws` that bytes can be written past; `ws.send` is taken where they are not as expected. */
interface Internals {
  readonly _socket?: Socket | null
  readonly _sender?: { readonly _state?: number; readonly _bufferedBytes?: number } | null
}

/** Writes messages that follow each other in one piece, but for the parts that are the same for all sockets. */
function writeFrames(socket: Socket, pending: readonly Pending[]): void {
  let bytes = ''
  for (const { id, batch } of pending) {
    for (const message of batch.messages) {
      bytes += message.frame(id)
      if (!message.rest) continue
      socket.write(bytes, 'latin1')
      socket.write(message.rest)
      bytes = ''
    }
  }
  if (bytes !== '') socket.write(bytes, 'latin1')
}

/** Collects the messages of one WebSocket and writes them once per turn of the event loop. */
export class WebSocketSink implements Sink {
  readonly ws: WebSocket
  /** What the client is asked behind results. */
  readonly acknowledgements: Acknowledgements
  lastPage: Promise<void> | undefined
  /** Nothing was negotiated that changes frames: they can be written past `ws`. */
  readonly isPlain: boolean
  /** What waits for the end of this turn. */
  #pending: Pending[] | undefined
  /** That, and what waited to be written when the first of it came. */
  #waitingBytes = 0

  constructor(ws: WebSocket, acknowledgements: Acknowledgements) {
    this.ws = ws
    this.acknowledgements = acknowledgements
    this.isPlain = ws.extensions === ''
  }

  send(message: Message, id: OperationId): void {
    const pending = this.#pending
    if (!pending) {
      this.#pending = [{ id, batch: withOne(NOTHING, message) }]
      this.#waitingBytes = this.ws.bufferedAmount + message.size
      if (dirty.push(this) === 1) setImmediate(flushAll)
      return
    }
    const last = pending.at(-1)
    if (last?.id === id) last.batch = withOne(last.batch, message)
    else pending.push({ id, batch: withOne(NOTHING, message) })
    this.#waitingBytes += message.size
  }

  /** Sends a question to the client, if there is one. */
  ask(question: number | undefined): void {
    if (question !== undefined) this.send(ackPing(question), NO_OPERATION)
  }

  isSlow(): boolean {
    return (this.#pending ? this.#waitingBytes : this.ws.bufferedAmount) > SOFT_LIMIT_BYTES
  }

  async waitForRoom(): Promise<void> {
    if (!this.isSlow()) return
    this.flush()
    const { _socket: socket } = this.ws as unknown as Internals
    await new Promise<unknown>((resolve) => {
      if (this.ws.bufferedAmount === 0 || !socket) setImmediate(resolve)
      else socket.once('drain', resolve)
    })
  }

  /** Writes what is collected now: before anything is sent past the sink. */
  flush(): void {
    const { ws } = this
    const pending = this.#pending
    if (!pending) return
    this.#pending = undefined
    if (ws.readyState !== ws.OPEN) return
    const question = pingAlong(this.acknowledgements)
    if (question !== undefined) pending.push({ id: NO_OPERATION, batch: withOne(NOTHING, ackPing(question)) })
    const socket = this.#rawSocket()
    if (!socket) for (const { id, batch } of pending) for (const message of batch.messages) ws.send(message.text(id))
    else if (!pending.some(({ batch }) => batch.messages.some(isInParts))) writeFrames(socket, pending)
    else {
      socket.cork()
      writeFrames(socket, pending)
      socket.uncork()
    }
  }

  /** The TCP socket, when frames can be written to it beside `ws`, which has nothing queued itself: with compression off, always. */
  #rawSocket(): Socket | undefined {
    const { _socket: socket, _sender: sender } = this.ws as unknown as Internals
    const isFree = this.isPlain && sender?._state === 0 && sender._bufferedBytes === 0
    return isFree && socket?.writable ? socket : undefined
  }
}
