import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols, type WebSocket as WebSocketTransport } from 'graphql-ws'
import { WebSocketServer } from 'ws'
import { WebSocketSink } from '../delivery/websocket-sink.ts'
import { type Internals, limitMessages, surviveOversized } from '../delivery/ws-internals.ts'
import type { Services } from '../graphql/context.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { TakeTimedTurn } from '../lib/limiter.ts'
import { createRate } from '../lib/rate.ts'
import { closeAcknowledgements, createAcknowledgements, pingUnacknowledged } from '../resume/acknowledgements.ts'
import type { Checkpoints } from '../resume/checkpoints.ts'
import type { Admission } from './admission.ts'
import { noBeginnings } from './beginnings.ts'
import { CLOSINGS, closingFor } from './close-codes.ts'
import type { Connections, Lifecycle } from './connections.ts'
import { hasLongId, readMessage } from './messages.ts'
import { createOwnedWebSocketClass, type OwnedWebSocket, type SocketEvents } from './owned-websocket.ts'
import { endHandshake, giveTurnOn, type Peer, readerOf } from './peer.ts'
import { endAnonymity, isAnonymous } from './peer-budgets.ts'
import { createProtocol, type ProtocolOptions } from './protocol.ts'
import { createRefusedMessages } from './refused-messages.ts'
import { closeKind, type ServerStats } from './server-stats.ts'
import { isExpired, openSession, usersOf } from './session.ts'
import {
  closeSocket,
  createSocket,
  failSocket,
  heartbeatSocket,
  isDead,
  type MessageOptions,
  receiveMessage,
  receivePong,
  type Socket,
  sendText,
} from './socket.ts'
import { STRANGER_BYTES } from './strangers.ts'

export interface WebSocketOptions extends ProtocolOptions {
  readonly admission: Admission
  readonly services: Services
  readonly connections: Connections
  readonly checkpoints: Checkpoints
  readonly stats: ServerStats
  readonly internals: Internals
  readonly clock: Clock
  /** Waits for the turn of a message, among those of all clients; undefined: it may be handled now. */
  readonly takeTurn: TakeTimedTurn
}

/** What the handshake of a socket has found out. */
interface Arrival {
  readonly request: IncomingMessage
  /** The address of the client, as `ClientAddress.key`. */
  readonly address: string
  readonly leaveHandshake: Cancel
}

/** Handles a request to become a WebSocket: opens the socket, or refuses the request. */
export type Upgrade = (request: IncomingMessage, tcp: Duplex, head: Buffer) => void

/** How long a client has to send `connection_init`, in milliseconds. */
const INIT_MS = 3_000
/** After so many milliseconds without `connection_init`, a socket no longer keeps the next handshake waiting. */
const MUTE_MS = 1_000

function createPeer(
  socket: Socket,
  { request: { headers }, address, leaveHandshake }: Arrival,
  { services, clock }: WebSocketOptions,
): Peer {
  return {
    socket,
    listener: undefined,
    end: undefined,
    session: openSession(newId(), (error) => closeSocket(socket, closingFor(error))),
    address,
    leaveAnonymous: undefined,
    authorization: headers.authorization,
    rate: createRate(services.limits.operationsPerSecond, clock.now()),
    subscriptions: [],
    beginnings: noBeginnings(),
    leaveHandshake,
    hasInit: false,
    viewer: undefined,
    operations: 0,
  }
}

/** Hands a message to graphql-ws, as an object that it takes as read. Not async: awaiting would keep the text in memory. */
function handleMessage({ socket, listener }: Peer, text: string): Promise<void> {
  let message: unknown
  try {
    message = readMessage(text)
  } catch {
    return Promise.resolve(closeSocket(socket, CLOSINGS.badMessage))
  }
  if (hasLongId(message)) return Promise.resolve(closeSocket(socket, CLOSINGS.longId))
  return listener?.(message as string) ?? Promise.resolve()
}

/** A socket in the form that graphql-ws uses. A class saves memory, since there is one per connection. */
class Transport implements WebSocketTransport {
  readonly #peer: Peer

  constructor(peer: Peer) {
    this.#peer = peer
  }

  get protocol(): string {
    return this.#peer.socket.ws.protocol
  }

  send(data: string): Promise<void> {
    return sendText(this.#peer.socket, data)
  }

  onMessage(listener: (data: string) => Promise<void>): void {
    this.#peer.listener = listener
  }

  close(code = CLOSINGS.overloaded.code, reason = ''): void {
    closeSocket(this.#peer.socket, { code, reason })
  }
}

/** Closes a socket that did not send `connection_init`, or show a token, in time. */
function heartbeatNewcomer(peer: Peer, now: number, anonymousMs: number): void {
  const { socket, hasInit } = peer
  const ageMs = now - socket.openedAt
  if (!hasInit && ageMs >= MUTE_MS) giveTurnOn(peer)
  if (!hasInit && ageMs >= INIT_MS) closeSocket(socket, CLOSINGS.initTimeout)
  if (ageMs >= anonymousMs && isAnonymous(peer)) closeSocket(socket, CLOSINGS.anonymous)
}

function createLifecycle({ sessions, services, internals }: WebSocketOptions): Lifecycle<Peer> {
  const { anonymousSocketMs } = services.limits
  return {
    heartbeat: (peer, now) => {
      const { socket, session } = peer
      if (peer.viewer === undefined) heartbeatNewcomer(peer, now, anonymousSocketMs)
      if (isExpired(session, now)) closeSocket(socket, CLOSINGS.tokenExpired)
      socket.sink.ping(pingUnacknowledged(socket.sink.acknowledgements, socket.heartbeats))
      heartbeatSocket(socket, now, internals)
    },
    recheck: ({ session }) => sessions.recheck(session),
    drain: ({ socket }) => closeSocket(socket, CLOSINGS.draining),
    terminate: ({ socket }) => socket.ws.terminate(),
  }
}

/** Returns the handler for sockets that have closed: it ends their session and subscriptions, and logs it. */
function createClose({ clock, connections, sessions, stats, strangers, log }: WebSocketOptions) {
  const close = (peer: Peer, code: number, reason: string): void => {
    const { operations, session, socket } = peer
    connections.remove(peer)
    endHandshake(peer)
    endAnonymity(peer)
    if (!peer.hasInit) strangers.charge(peer.address)
    stats.open.add('websocket', -1)
    stats.closes.add(closeKind(code))
    sessions.close(session)
    // Before the protocol ends the subscriptions, whose clients may come back. Only a close by the client proves that it was here until
    // now: if Herald closed the socket, the client may long be elsewhere and never have received that.
    closeAcknowledgements(socket.sink.acknowledgements, isDead(socket) || socket.closing !== undefined)
    const durationMs = clock.now() - socket.openedAt
    // `users` can be several, since the headers in GraphiQL can name others. The reason is the one that Herald gave: clients mostly echo
    // only the code.
    const told = socket.closing ? { reason: socket.closing.reason, by: 'herald' } : { reason, by: 'client' }
    const fields = { connectionId: session.id, users: usersOf(session), code, ...told, durationMs, operations }
    log.info(fields, 'connection closed')
  }

  return (peer: Peer, code: number, reason: string): void => {
    close(peer, code, reason)
    // Nothing may be thrown here: an unhandled rejection would end the process and all other sockets.
    Promise.resolve(peer.end?.(code, reason)).catch((err: unknown) =>
      log.error({ connectionId: peer.session.id, err }, 'a socket did not end cleanly'),
    )
  }
}

/** Returns the handlers for the events of all sockets. */
function createEvents(options: WebSocketOptions): SocketEvents<Peer> {
  const { mayRead, refuseOversized } = createRefusedMessages(options)
  const close = createClose(options)
  const reading: MessageOptions<Peer> = {
    text: (peer, text) => (mayRead(peer, text) ? handleMessage(peer, text) : Promise.resolve()),
    oversized: refuseOversized,
    takeTurn: (peer) => options.takeTurn(readerOf(peer)?.userId ?? peer.address),
  }
  return {
    message: (peer, data, isBinary) => receiveMessage(peer, data, isBinary, reading),
    pong: ({ socket }) => receivePong(socket),
    error: ({ socket }, err) => failSocket(socket, err),
    close: (peer, code, reason) => close(peer, code, String(reason)),
  }
}

/** Returns the function that begins the life of a socket: its protocol, its session, its heartbeats. */
function createAccept(options: WebSocketOptions) {
  const { clock, connections, checkpoints, stats, services, internals, log } = options
  const protocol = createProtocol(options)
  const lifecycle = createLifecycle(options)

  return (ws: OwnedWebSocket<Peer>, arrival: Arrival): void => {
    if (internals.canSkip) surviveOversized(ws)
    limitMessages(ws, Math.min(STRANGER_BYTES, services.limits.requestBytes))
    const sink = new WebSocketSink(ws, arrival.request.socket, createAcknowledgements(checkpoints), internals)
    const socket = createSocket(sink, clock.now(), log)
    const peer = createPeer(socket, arrival, options)
    ws.owner = peer
    peer.end = protocol.opened(new Transport(peer), peer)
    stats.open.add('websocket')
    stats.opened.add('websocket')
    connections.add(peer, lifecycle)
  }
}

/** Returns the handler of upgrades: it accepts WebSockets that speak graphql-transport-ws, at one path, from allowed origins. */
export function createUpgrade(options: WebSocketOptions): Upgrade {
  const server = new WebSocketServer({
    WebSocket: createOwnedWebSocketClass(createEvents(options)),
    noServer: true,
    clientTracking: false,
    maxPayload: options.services.limits.requestBytes,
    perMessageDeflate: false,
    // One message per turn of the event loop, so that one socket with many cannot hold up the others, and an id can be used again right
    // after its operation was completed.
    allowSynchronousEvents: false,
    // Clients of another protocol are accepted first, so that they can be closed with 4406.
    handleProtocols: (protocols) => handleProtocols(protocols) || ([...protocols][0] ?? false),
  })
  const accept = createAccept(options)

  const onError = (err: Error): void => options.log.debug({ err }, 'a connection failed while it was becoming a socket')

  return (request, tcp, head) => {
    tcp.on('error', onError)
    options.admission.enter(request, tcp, (address, leaveHandshake) =>
      server.handleUpgrade(request, tcp, head, (ws) => {
        tcp.off('error', onError)
        accept(ws, { request, address, leaveHandshake })
      }),
    )
  }
}
