import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import type { OperationId, SharedMessage } from './frame.ts'

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

/** Writes messages that follow each other; what is each socket's own goes in one piece, however many they are. */
const writeFrames = (socket: Socket, messages: readonly Pending[]): void => {
  const bytes = Buffer.allocUnsafe(messages.reduce((sum, { message, id }) => sum + message.lengthFor(id), 0))
  let from = 0
  let to = 0
  for (const { message, id } of messages) {
    to = message.write(bytes, to, id)
    if (!message.rest) continue
    socket.write(bytes.subarray(from, to))
    socket.write(message.rest)
    from = to
  }
  if (to > from) socket.write(from === 0 ? bytes : bytes.subarray(from, to))
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
    if (!socket) for (const { message, id } of messages) ws.send(message.text(id))
    else if (messages.every(({ message }) => !message.rest)) writeFrames(socket, messages)
    else {
      socket.cork()
      writeFrames(socket, messages)
      socket.uncork()
    }
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
