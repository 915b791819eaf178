import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { SharedMessage } from './frame.ts'

/** Collects the messages of one socket and writes them once per turn of the event loop. */
export interface Outbox {
  /** Sends a message to the operation `id` at the end of this turn, unless `flush` comes first. Dropped when the socket is closed. */
  push(message: SharedMessage, id: OperationId): void
  /** Writes what is collected now: before anything is sent past the outbox. */
  flush(): void
  /** More waits to be written than a reader that keeps up would leave. */
  isSlow(): boolean
  /** Runs `task` once when everything has been written. Never runs when the socket closes first. */
  onDrain(task: () => void): void
}

/** An operation id as it stands in a message: a JSON string, and its bytes. */
export interface OperationId {
  readonly text: string
  readonly bytes: Buffer
}

/** Prepares an id for many messages. */
export const operationId = (id: string): OperationId => {
  const text = JSON.stringify(id)
  return { text, bytes: Buffer.from(text) }
}

/** A socket with more than this waiting to be written has fallen behind. */
export const SOFT_LIMIT_BYTES = 256 * 1024

interface Pending {
  readonly message: SharedMessage
  readonly id: OperationId
}

// One turn's end for all sockets, rather than a timer of each.
const dirty = new Set<() => void>()
let isScheduled = false

const flushAll = (): void => {
  isScheduled = false
  const flushes = [...dirty]
  dirty.clear()
  for (const flush of flushes) flush()
}

const schedule = (flush: () => void): void => {
  dirty.add(flush)
  if (isScheduled) return
  isScheduled = true
  setImmediate(flushAll)
}

/** The private parts of `ws` that bytes can be written past; `ws.send` is taken where they are not as expected. */
interface Internals {
  readonly _socket?: Socket | null
  readonly _sender?: { readonly _state?: number; readonly _bufferedBytes?: number } | null
}

/**
 * The TCP socket, when frames can be written to it beside `ws`: nothing is negotiated that changes frames, and `ws` itself
 * has nothing queued, which with compression off is always so.
 */
const rawSocketOf = (ws: WebSocket): Socket | undefined => {
  const { _socket: socket, _sender: sender } = ws as unknown as Internals
  const isPlain = ws.extensions === '' && sender?._state === 0 && sender._bufferedBytes === 0
  return isPlain && socket?.writable ? socket : undefined
}

/** The frames of all messages, each with its id in place, in one buffer. */
const join = (pending: readonly Pending[]): Buffer => {
  const frames = pending.map(({ message, id }) => ({ ...message.template(id.bytes.length), id: id.bytes }))
  const all = Buffer.allocUnsafe(frames.reduce((sum, { bytes }) => sum + bytes.length, 0))
  let at = 0
  for (const { bytes, idAt, id } of frames) {
    bytes.copy(all, at)
    id.copy(all, at + idAt)
    at += bytes.length
  }
  return all
}

/** Opens the outbox of a socket. */
export const createOutbox = (ws: WebSocket): Outbox => {
  let pending: Pending[] = []
  let pendingBytes = 0

  const flush = (): void => {
    if (pending.length === 0) return
    const messages = pending
    pending = []
    pendingBytes = 0
    if (ws.readyState !== ws.OPEN) return
    const socket = rawSocketOf(ws)
    if (socket) socket.write(join(messages))
    else for (const { message, id } of messages) ws.send(message.text(id.text))
  }

  return {
    flush,
    push: (message, id) => {
      pendingBytes += message.size
      if (pending.push({ message, id }) === 1) schedule(flush)
    },
    isSlow: () => pendingBytes + ws.bufferedAmount > SOFT_LIMIT_BYTES,
    onDrain: (task) => {
      flush()
      const { _socket: socket } = ws as unknown as Internals
      if (ws.bufferedAmount === 0 || !socket) setImmediate(task)
      else socket.once('drain', task)
    },
  }
}
