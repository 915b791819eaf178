import type { Socket as TcpSocket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import type { WebSocketSink } from '../delivery/websocket-sink.ts'
import type { Internals } from '../delivery/ws-internals.ts'
import type { Log } from '../lib/log.ts'
import { isDoubted, markAllAlive } from '../resume/acknowledgements.ts'
import { CLOSINGS, type Closing, fitReason } from './close-codes.ts'
import { isLarge, readInTurn } from './large.ts'
import { type OversizedMessage, takeOversized } from './oversized-messages.ts'
import { createWriteProgress, isWriteTimedOut, type WriteProgress } from './write-timeout.ts'

/** A WebSocket as the rest of the server sees it. Nothing that is done with it throws, and what waits to be sent is bounded. */
export interface Socket {
  readonly ws: WebSocket
  readonly tcp: TcpSocket
  readonly log: Log
  /** Takes messages that are sent to many subscribers. `sendText` flushes it first, so that messages keep their order. */
  readonly sink: WebSocketSink
  readonly progress: WriteProgress
  readonly openedAt: number
  /** How many pings of the WebSocket the peer has answered. */
  heartbeats: number
  pingAt: number
  bytesAtPing: number
  /** Why Herald closes the socket; undefined when it does not. */
  closing: Pick<Closing, 'code' | 'reason'> | undefined
  /** The message that is being handled. Empty once its handling waits for something. */
  received: string
  /** Resolves when the next message may be handled; undefined when nothing has to be waited for. */
  turn: Promise<void> | undefined
}

/** When more bytes than this wait to be written, the client does not read. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
const MIN_PING_MS = 12_000
const MAX_PING_MS = 25_000

function nextPing(now: number): number {
  return now + MIN_PING_MS + Math.random() * (MAX_PING_MS - MIN_PING_MS)
}

/** Wraps a WebSocket that was opened at `now`. */
export function createSocket(sink: WebSocketSink, now: number, log: Log): Socket {
  return {
    ws: sink.ws,
    tcp: sink.tcp,
    log,
    sink,
    progress: createWriteProgress(),
    openedAt: now,
    heartbeats: 0,
    pingAt: nextPing(now),
    bytesAtPing: -1,
    closing: undefined,
    received: '',
    turn: undefined,
  }
}

/** Notes that a socket has failed. `ws` has begun to close it. */
export function failSocket(socket: Socket, err: Error): void {
  socket.closing ??= { code: 1006, reason: err.message }
  socket.log.debug({ err }, 'socket failed')
}

/** Notes that the peer has answered a ping, which shows that its client is still there. */
export function receivePong(socket: Socket): void {
  socket.heartbeats += 1
  markAllAlive(socket.sink.acknowledgements)
}

/** Closes a socket with a code and a reason. Only the first call counts. */
export function closeSocket(socket: Socket, { code, reason }: Pick<Closing, 'code' | 'reason'>): void {
  const { ws, log } = socket
  if (ws.readyState !== ws.OPEN) return
  socket.closing ??= { code, reason }
  log.debug({ code, reason }, 'closing a socket')
  ws.close(code, fitReason(reason))
}

/** Whether an answer can be written to a socket. Closes the socket of a client that does not read what it was sent before. */
export function canAnswer(socket: Socket): boolean {
  const { ws } = socket
  if (ws.bufferedAmount > MAX_BUFFERED_BYTES) closeSocket(socket, CLOSINGS.tooSlow)
  return ws.readyState === ws.OPEN
}

/** Sends a text message. Resolves when it was written to the network, or when the socket is closed. Never rejects. */
export function sendText(socket: Socket, data: string): Promise<void> {
  return new Promise((resolve) => {
    const { ws, sink } = socket
    sink.flush()
    if (!canAnswer(socket)) return resolve()
    // A failed write is followed by the end of the socket, and with it of whatever was sending.
    ws.send(data, () => resolve())
  })
}

/** Whether no byte has come from the peer since the last ping. Any byte is a sign of life, since a pong can wait behind a large message. */
export function isDead({ tcp, bytesAtPing }: Socket): boolean {
  return tcp.bytesRead === bytesAtPing
}

function ping(socket: Socket, now: number): void {
  const { ws, tcp } = socket
  if (isDead(socket)) {
    socket.closing ??= { code: 1006, reason: 'Silent since the last ping' }
    ws.terminate()
  } else {
    socket.bytesAtPing = tcp.bytesRead
    socket.pingAt = nextPing(now)
    ws.ping()
  }
}

/** Whether a ping is to be sent: it is time for one, or the client has to give a sign of life and no ping is unanswered. */
function isPingDue(socket: Socket, now: number): boolean {
  return now >= socket.pingAt || (isDoubted(socket.sink.acknowledgements) && !isDead(socket))
}

/**
 * Runs about once a second. Sends a ping now and then, terminates a peer that has been silent since the last one, and closes a socket that
 * is not read.
 */
export function heartbeatSocket(socket: Socket, now: number, internals: Internals): void {
  const { ws, tcp, progress } = socket
  if (isWriteTimedOut(progress, tcp, now, internals)) closeSocket(socket, CLOSINGS.tooSlow)
  if (ws.readyState === ws.OPEN && isPingDue(socket, now)) ping(socket, now)
}

/** Runs a task after those that came before it. Until then nothing more is read of the socket, and messages that have come wait. */
function inOrder(socket: Socket, task: () => Promise<void>): void {
  socket.ws.pause()
  const turn = (socket.turn ?? Promise.resolve()).then(task)
  socket.turn = turn
  void turn.then(() => {
    if (socket.turn !== turn) return
    socket.turn = undefined
    socket.ws.resume()
  })
}

/** Reads nothing of a socket for `ms` milliseconds. */
export function holdUp(socket: Socket, ms: number): void {
  inOrder(socket, () => setTimeout(ms))
}

/** The owner of a socket, for whom its messages are handled. */
interface Owning {
  readonly socket: Socket
}

/** How messages are handled, the same for all sockets. */
export interface MessageOptions<Owner> {
  /** Handles a text message while the socket is open. When it throws or rejects, the socket is closed. */
  readonly text: (owner: Owner, data: string) => Promise<void>
  /** Called with what is left of a message over the size limit. */
  readonly oversized: (owner: Owner, message: OversizedMessage) => void
  /** Waits for the turn of a message, among those of all clients; undefined: it is handled now. */
  readonly takeTurn: (owner: Owner) => Promise<void> | undefined
}

function failMessage(socket: Socket, err: unknown): void {
  socket.log.warn({ err }, 'a message could not be handled')
  closeSocket(socket, CLOSINGS.badMessage)
}

function handle<Owner extends Owning>(owner: Owner, data: Buffer, { text }: MessageOptions<Owner>): void {
  const { socket } = owner
  if (socket.ws.readyState !== socket.ws.OPEN) return
  socket.received = String(data)
  try {
    text(owner, socket.received).catch((err: unknown) => failMessage(socket, err))
  } catch (err) {
    // An error that is thrown from here would end the process.
    failMessage(socket, err)
  }
  socket.received = ''
}

function receive<Owner extends Owning>(owner: Owner, data: Buffer, options: MessageOptions<Owner>): void {
  const { socket } = owner
  const turn = options.takeTurn(owner)
  const read = (): void => handle(owner, data, options)
  if (!turn && !socket.turn && !isLarge(data)) read()
  else
    inOrder(socket, async () => {
      await turn
      return isLarge(data) ? readInTurn(read) : read()
    })
}

/** Handles a message of a socket as `options` say. A binary message closes the socket. */
export function receiveMessage<Owner extends Owning>(
  owner: Owner,
  data: Buffer,
  isBinary: boolean,
  options: MessageOptions<Owner>,
): void {
  const { ws } = owner.socket
  const skipped = takeOversized(ws)
  if (ws.readyState !== ws.OPEN) return
  // `ws` checks only text messages for UTF-8; others would be read with replacement characters.
  if (isBinary) closeSocket(owner.socket, CLOSINGS.badMessage)
  else if (skipped) options.oversized(owner, skipped)
  else receive(owner, data, options)
}
