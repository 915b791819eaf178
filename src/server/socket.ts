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

/** A WebSocket as the rest of the server sees it: nothing that is done with it throws, and what it sends is bounded. */
export interface Socket {
  readonly ws: WebSocket
  readonly tcp: TcpSocket
  readonly log: Log
  /** For what is sent to many; `sendText` writes it out first, so that messages keep their order. */
  readonly sink: WebSocketSink
  readonly progress: WriteProgress
  readonly openedAt: number
  /** How many pings the peer has answered. */
  heartbeats: number
  pingAt: number
  bytesAtPing: number
  /** Why it is closed from here; undefined when it is not. */
  closing: Pick<Closing, 'code' | 'reason'> | undefined
  /** The message that is being handled; empty once its handling waits for something. */
  received: string
  /** What is through when the next message is handled; undefined when nothing has to be waited for. */
  turn: Promise<void> | undefined
}

/** More than this waiting to be written means that the client does not read. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
const MIN_PING_MS = 12_000
const MAX_PING_MS = 25_000

function nextPing(now: number): number {
  return now + MIN_PING_MS + Math.random() * (MAX_PING_MS - MIN_PING_MS)
}

/** Wraps a WebSocket that was just opened. */
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

/** It fails, and ws has begun to close it. */
export function failSocket(socket: Socket, err: Error): void {
  socket.closing ??= { code: 1006, reason: err.message }
  socket.log.debug({ err }, 'socket failed')
}

/** The peer has answered a ping. */
export function receivePong(socket: Socket): void {
  socket.heartbeats += 1
  markAllAlive(socket.sink.acknowledgements)
}

/** Closes with a code; only the first one counts. */
export function closeSocket(socket: Socket, { code, reason }: Pick<Closing, 'code' | 'reason'>): void {
  const { ws, log } = socket
  if (ws.readyState !== ws.OPEN) return
  socket.closing ??= { code, reason }
  log.debug({ code, reason }, 'closing a socket')
  ws.close(code, fitReason(reason))
}

/** Whether an answer can be written; a client that does not read what it was answered before is closed. */
export function canAnswer(socket: Socket): boolean {
  const { ws } = socket
  if (ws.bufferedAmount > MAX_BUFFERED_BYTES) closeSocket(socket, CLOSINGS.tooSlow)
  return ws.readyState === ws.OPEN
}

/** Resolves when it was written to the network, or when there is no client any more. */
export function sendText(socket: Socket, data: string): Promise<void> {
  return new Promise((resolve) => {
    const { ws, sink } = socket
    sink.flush()
    if (!canAnswer(socket)) return resolve()
    // A failed write is followed by the end of the socket, which ends whatever was sending.
    ws.send(data, () => resolve())
  })
}

/** Whether nothing came from a peer since it was asked. Any byte is a sign of life, not only a pong: one can wait behind a large message. */
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

/** It is time for it, or somebody asks whether the peer is there, and it is not asked already. */
function isPingDue(socket: Socket, now: number): boolean {
  return now >= socket.pingAt || (isDoubted(socket.sink.acknowledgements) && !isDead(socket))
}

/** Pings now and then, terminates a peer that has been silent since the last ping, and gives up one that does not read. */
export function heartbeatSocket(socket: Socket, now: number, internals: Internals): void {
  const { ws, tcp, progress } = socket
  if (isWriteTimedOut(progress, tcp, now, internals)) closeSocket(socket, CLOSINGS.tooSlow)
  if (ws.readyState === ws.OPEN && isPingDue(socket, now)) ping(socket, now)
}

/** Runs a task when those before it are through. Until then nothing more is read of the socket: what has come already waits. */
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

/** Reads nothing of a socket for so long. */
export function holdUp(socket: Socket, ms: number): void {
  inOrder(socket, () => setTimeout(ms))
}

/** Whose messages are read. */
interface Owning {
  readonly socket: Socket
}

/** What the messages of all sockets have in common. */
export interface MessageOptions<Owner> {
  /** Handles a text message while the socket is open. When that fails, the socket is closed. */
  readonly text: (owner: Owner, data: string) => Promise<void>
  /** Is told what is left of a message over the limit. */
  readonly oversized: (owner: Owner, message: OversizedMessage) => void
  /** When a message is handled, among all that clients send; undefined: now. */
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
    // Thrown from here it would end the process.
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

/** Handles a message of a socket as `options` say. Bytes that are no text close it. */
export function receiveMessage<Owner extends Owning>(
  owner: Owner,
  data: Buffer,
  isBinary: boolean,
  options: MessageOptions<Owner>,
): void {
  const { ws } = owner.socket
  const skipped = takeOversized(ws)
  if (ws.readyState !== ws.OPEN) return
  // Only of text has ws made sure that it is UTF-8; anything else would be read with replacement characters.
  if (isBinary) closeSocket(owner.socket, CLOSINGS.badMessage)
  else if (skipped) options.oversized(owner, skipped)
  else receive(owner, data, options)
}
