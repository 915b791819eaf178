import type { Socket } from 'node:net'
import type { WebSocket } from 'ws'
import { type Acknowledgements, askAlong } from '../resume/acknowledgements.ts'
import { frameText, isLarge, type OperationId, operationId, type SharedMessage } from './frame.ts'

/**
 * Collects the messages of one socket and writes them once per turn of the event loop. A record and functions, like all that
 * there is one of per connection: an idle connection costs what it remembers, and no closures.
 */
export interface Outbox {
  readonly ws: WebSocket
  /** What the client is asked behind results. */
  readonly acknowledgements: Acknowledgements
  /** Nothing was negotiated that changes frames: they can be written past `ws`. */
  readonly isPlain: boolean
  /** What waits for the end of this turn. */
  pending: Pending[] | undefined
  /** That, and what waited to be written when the first of it came. */
  waitingBytes: number
  /** The end of the last page that was asked for; undefined when none is under way. */
  lastPage: Promise<void> | undefined
}

/** What waits for one operation. */
interface Pending {
  readonly id: OperationId
  batch: Batch
}

/** Messages that follow each other. All who are sent the same ones have the same batch, so that what waits for a crowd takes no room for each. */
interface Batch {
  readonly messages: readonly SharedMessage[]
  /** These, and the one that followed them last. */
  longer: Batch | undefined
}

const NOTHING: Batch = { messages: [], longer: undefined }

const withOne = (batch: Batch, message: SharedMessage): Batch => {
  const { messages, longer } = batch
  if (longer?.messages[messages.length] === message) return longer
  batch.longer = { messages: messages.concat(message), longer: undefined }
  return batch.longer
}

/** A question belongs to no operation. */
const NO_OPERATION = operationId('')
const questions: SharedMessage[] = []

/** A question as clients of graphql-ws echo it. */
const questionMessage = (number: number): SharedMessage => {
  questions[number] ??= frameText(JSON.stringify({ type: 'ping', payload: { ack: number } }))
  return questions[number]
}

/** A socket with more than this waiting to be written has fallen behind. */
export const SOFT_LIMIT_BYTES = 256 * 1024

// One turn's end for all sockets, rather than a timer of each.
let dirty: Outbox[] = []

const flushAll = (): void => {
  const outboxes = dirty
  dirty = []
  NOTHING.longer = undefined
  for (const outbox of outboxes) flush(outbox)
}

const schedule = (outbox: Outbox): void => {
  if (dirty.push(outbox) === 1) setImmediate(flushAll)
}

/** The private parts of `ws` that bytes can be written past; `ws.send` is taken where they are not as expected. */
interface Internals {
  readonly _socket?: Socket | null
  readonly _sender?: { readonly _state?: number; readonly _bufferedBytes?: number } | null
}

/** The TCP socket, when frames can be written to it beside `ws`, which has nothing queued itself: with compression off, always. */
const rawSocketOf = ({ ws, isPlain }: Outbox): Socket | undefined => {
  const { _socket: socket, _sender: sender } = ws as unknown as Internals
  const isFree = isPlain && sender?._state === 0 && sender._bufferedBytes === 0
  return isFree && socket?.writable ? socket : undefined
}

/** Writes messages that follow each other in one piece, but for the parts that are the same for all sockets. */
const writeFrames = (socket: Socket, pending: readonly Pending[]): void => {
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

/** The outbox of a socket, and of what is asked there. */
export const createOutbox = (ws: WebSocket, acknowledgements: Acknowledgements): Outbox => ({
  ws,
  acknowledgements,
  isPlain: ws.extensions === '',
  pending: undefined,
  waitingBytes: 0,
  lastPage: undefined,
})

/** Writes what is collected now: before anything is sent past the outbox. */
export const flush = (outbox: Outbox): void => {
  const { ws, pending, acknowledgements } = outbox
  if (!pending) return
  outbox.pending = undefined
  if (ws.readyState !== ws.OPEN) return
  const question = askAlong(acknowledgements)
  if (question !== undefined) pending.push({ id: NO_OPERATION, batch: withOne(NOTHING, questionMessage(question)) })
  const socket = rawSocketOf(outbox)
  if (!socket) for (const { id, batch } of pending) for (const message of batch.messages) ws.send(message.text(id))
  else if (!pending.some(({ batch }) => batch.messages.some(isLarge))) writeFrames(socket, pending)
  else {
    socket.cork()
    writeFrames(socket, pending)
    socket.uncork()
  }
}

/** Sends a message to the operation `id` at the end of this turn, unless `flush` comes first. Dropped when the socket is closed. */
export const enqueue = (outbox: Outbox, message: SharedMessage, id: OperationId): void => {
  const { pending, ws } = outbox
  if (!pending) {
    outbox.pending = [{ id, batch: withOne(NOTHING, message) }]
    outbox.waitingBytes = ws.bufferedAmount + message.size
    schedule(outbox)
    return
  }
  const last = pending.at(-1)
  if (last?.id === id) last.batch = withOne(last.batch, message)
  else pending.push({ id, batch: withOne(NOTHING, message) })
  outbox.waitingBytes += message.size
}

/** Sends a question to the client, if there is one. */
export const enqueueQuestion = (outbox: Outbox, question: number | undefined): void => {
  if (question !== undefined) enqueue(outbox, questionMessage(question), NO_OPERATION)
}

/** More waits to be written than a reader that keeps up would leave. */
export const isSlow = ({ ws, pending, waitingBytes }: Outbox): boolean =>
  (pending ? waitingBytes : ws.bufferedAmount) > SOFT_LIMIT_BYTES

/** Resolves when everything has been written, at once when little waits. Never when the socket closes first. */
export const waitForRoom = async (outbox: Outbox): Promise<void> => {
  if (!isSlow(outbox)) return
  flush(outbox)
  const { _socket: socket } = outbox.ws as unknown as Internals
  await new Promise<unknown>((resolve) => {
    if (outbox.ws.bufferedAmount === 0 || !socket) setImmediate(resolve)
    else socket.once('drain', resolve)
  })
}

/**
 * Runs what reads a page of the store and sends it, when there is room for it and those that were asked for before are through: so a
 * socket holds one page, however many of its subscriptions are behind. Never resolves when the socket closes first.
 */
export const inPageTurn = async <Result>(outbox: Outbox, run: () => Promise<Result>): Promise<Result> => {
  const before = outbox.lastPage
  const { promise, resolve } = Promise.withResolvers<void>()
  outbox.lastPage = promise
  await before
  try {
    await waitForRoom(outbox)
    return await run()
  } finally {
    if (outbox.lastPage === promise) outbox.lastPage = undefined
    resolve()
  }
}
