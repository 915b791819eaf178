import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Acknowledgements, pingAlong } from '../resume/acknowledgements.ts'
import { frameText, isInParts, type Message, type OperationId, operationId } from './message.ts'
import { type Sink, SOFT_LIMIT_BYTES } from './sink.ts'
import { hasQueue, type Internals } from './ws-internals.ts'

/** Messages that wait to be written for one operation. */
interface Pending {
  readonly id: OperationId
  batch: Batch
}

/**
 * Messages in their order. Sinks that are sent the same messages share one batch, so that messages for a crowd take no memory for each
 * sink.
 */
interface Batch {
  readonly messages: readonly Message[]
  /** The batch of these messages and one more: the one that was made last. */
  longer: Batch | undefined
}

const NOTHING: Batch = { messages: [], longer: undefined }

function withOne(batch: Batch, message: Message): Batch {
  const { messages, longer } = batch
  if (longer?.messages[messages.length] === message) return longer
  batch.longer = { messages: messages.concat(message), longer: undefined }
  return batch.longer
}

/** The operation id of acknowledgement pings, which belong to no operation. */
const NO_OPERATION = operationId('')
const ackPings: Message[] = []

/** The message of an acknowledgement ping with this number, such as `{"type":"ping","payload":{"ack":3}}`. */
function ackPing(number: number): Message {
  ackPings[number] ??= frameText(JSON.stringify({ type: 'ping', payload: { ack: number } }))
  return ackPings[number]
}

// The sinks to flush at the end of this turn of the event loop. One callback for all is cheaper than a timer for each.
let dirty: WebSocketSink[] = []

function flushAll(): void {
  const sinks = dirty
  dirty = []
  NOTHING.longer = undefined
  for (const sink of sinks) sink.flush()
}

/** Writes messages in as few pieces as possible. The `rest` of a large message is written by itself, because all sockets share it. */
function writeFrames(tcp: Socket, pending: readonly Pending[]): void {
  let bytes = ''
  for (const { id, batch } of pending) {
    for (const message of batch.messages) {
      bytes += message.frame(id)
      if (!message.rest) continue
      tcp.write(bytes, 'latin1')
      tcp.write(message.rest)
      bytes = ''
    }
  }
  if (bytes !== '') tcp.write(bytes, 'latin1')
}

/** Collects the messages of one WebSocket, and writes them once per turn of the event loop. */
export class WebSocketSink implements Sink {
  readonly ws: WebSocket
  readonly tcp: Socket
  /** The acknowledgements of the socket, whose pings are written after results. */
  readonly acknowledgements: Acknowledgements
  lastPage: Promise<void> | undefined
  /** Whether frames are written past `ws`. Not when an extension such as compression was negotiated, which changes frames. */
  readonly writesPast: boolean
  /** The messages that wait for the end of this turn. */
  #pending: Pending[] | undefined
  /** About how many bytes wait to be written, those of `#pending` included. Only valid while there are any. */
  #waitingBytes = 0

  /** `tcp` is the connection on which the WebSocket was opened. */
  constructor(
    ws: WebSocket,
    tcp: Socket,
    acknowledgements: Acknowledgements,
    { canWritePast }: Pick<Internals, 'canWritePast'>,
  ) {
    this.ws = ws
    this.tcp = tcp
    this.acknowledgements = acknowledgements
    this.writesPast = canWritePast && ws.extensions === ''
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

  /** Sends an acknowledgement ping with this number, if there is one. */
  ping(number: number | undefined): void {
    if (number !== undefined) this.send(ackPing(number), NO_OPERATION)
  }

  isSlow(): boolean {
    return (this.#pending ? this.#waitingBytes : this.ws.bufferedAmount) > SOFT_LIMIT_BYTES
  }

  async waitForRoom(): Promise<void> {
    if (!this.isSlow()) return
    this.flush()
    // With so much waiting, `drain` follows when it was written, or never when the connection closes first.
    await new Promise<unknown>((resolve) => {
      if (this.isSlow()) this.tcp.once('drain', resolve)
      else setImmediate(resolve)
    })
  }

  /** Writes the collected messages now. Call it before anything is sent past the sink. */
  flush(): void {
    const { ws, tcp } = this
    const pending = this.#pending
    if (!pending) return
    this.#pending = undefined
    if (ws.readyState !== ws.OPEN) return
    const number = pingAlong(this.acknowledgements)
    if (number !== undefined) pending.push({ id: NO_OPERATION, batch: withOne(NOTHING, ackPing(number)) })
    if (!this.writesPast || !tcp.writable || hasQueue(ws, tcp)) {
      for (const { id, batch } of pending) for (const message of batch.messages) ws.send(message.text(id))
    } else if (!pending.some(({ batch }) => batch.messages.some(isInParts))) writeFrames(tcp, pending)
    else {
      tcp.cork()
      writeFrames(tcp, pending)
      tcp.uncork()
    }
  }
}
