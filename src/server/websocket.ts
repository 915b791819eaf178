import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols, type Server } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { createAcknowledgements } from '../delivery/acknowledgements.ts'
import type { Positions } from '../delivery/positions.ts'
import type { Services } from '../graphql/context.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Connections } from './connections.ts'
import type { Gate } from './gate.ts'
import { createProtocol, endHandshake, type Peer, type ProtocolOptions } from './protocol.ts'
import { createRate } from './rate.ts'
import { closeKind, type ServerStats } from './server-stats.ts'
import { createSession } from './session.ts'
import { createSocket, type Socket } from './socket.ts'

export interface WebSocketOptions extends ProtocolOptions {
  readonly gate: Gate
  readonly services: Services
  readonly connections: Connections
  readonly positions: Positions
  readonly onConnectionClosed: (connectionId: string) => void
  readonly stats: ServerStats
  readonly clock: Clock
}

/** Answers a request to become a WebSocket. */
export type Upgrade = (request: IncomingMessage, tcp: Duplex, head: Buffer) => void

/** How long a client has to send `connection_init`. */
const INIT_MS = 3_000

const createPeer = (
  socket: Socket,
  { headers }: IncomingMessage,
  leaveHandshake: Cancel,
  options: WebSocketOptions,
): Peer => {
  const { services, clock, onConnectionClosed, positions, stats } = options
  const id = newId()
  return {
    session: createSession({
      id,
      presence: services.presence,
      socketsPerUser: services.limits.socketsPerUser,
      rejects: stats.rejects,
      onEnded: (reason) => socket.close({ ...CLOSINGS.sessionEnded, reason }),
      onClosed: onConnectionClosed,
    }),
    authorization: headers.authorization,
    rate: createRate(clock, services.limits.operationsPerSecond),
    subscriptions: new Set(),
    outbox: socket.outbox,
    acknowledgements: createAcknowledgements({
      positions,
      send: (message) => void socket.send(message),
      heartbeats: socket.heartbeats,
    }),
    close: socket.close,
    leaveHandshake,
    hasInit: false,
    viewer: undefined,
    operations: 0,
  }
}

/** The end of a socket, whole: the session, its subscriptions, the log. */
const createOnClose =
  ({ clock, stats, log }: WebSocketOptions, openedAt: number, peer: Peer, end: ReturnType<Server<Peer>['opened']>) =>
  (code: number, reason: string): void => {
    const { operations, session, acknowledgements } = peer
    const connectionId = session.id
    endHandshake(peer)
    stats.open.add('websocket', -1)
    stats.closes.add(closeKind(code))
    session.close()
    // Before the protocol ends the subscriptions: these come back.
    acknowledgements.close()
    // Never thrown from here: an unhandled rejection would end the process and every other socket with it.
    Promise.resolve(end(code, reason)).catch((err: unknown) =>
      log.error({ connectionId, err }, 'a socket did not end cleanly'),
    )
    const durationMs = clock.now() - openedAt
    // More than one where GraphiQL's headers name others than who connected.
    log.info({ connectionId, users: [...session.users], code, reason, durationMs, operations }, 'connection closed')
  }

/** Begins the life of a socket: the protocol, the session, the care for it. */
const createAccept = (options: WebSocketOptions) => {
  const { clock, connections, stats, log } = options
  const protocol = createProtocol(options)

  return (ws: WebSocket, request: IncomingMessage, leaveHandshake: Cancel): void => {
    const openedAt = clock.now()
    const socket = createSocket(ws, request.socket, openedAt, log)
    const peer = createPeer(socket, request, leaveHandshake, options)
    const { protocol: subprotocol, send, onMessage, close, terminate } = socket
    const end = protocol.opened(
      {
        protocol: subprotocol,
        send,
        onMessage,
        close: (code = CLOSINGS.overloaded.code, reason = '') => close({ code, reason }),
      },
      peer,
    )
    stats.open.add('websocket')
    stats.opened.add('websocket')
    const remove = connections.add({
      beat: (now) => {
        if (!peer.hasInit && now - openedAt >= INIT_MS) return close(CLOSINGS.initTimeout)
        if (peer.session.isExpired(now)) return close(CLOSINGS.tokenExpired)
        peer.acknowledgements.beat()
        socket.beat(now)
      },
      drain: () => close(CLOSINGS.draining),
      terminate,
    })
    const onClose = createOnClose(options, openedAt, peer, end)
    socket.onClose((code, reason) => {
      remove()
      onClose(code, reason)
    })
  }
}

/** Accepts WebSockets that speak graphql-transport-ws, at one path, from allowed origins. */
export const createUpgrade = (options: WebSocketOptions): Upgrade => {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: options.services.limits.requestBytes,
    perMessageDeflate: false,
    // One message per turn of the event loop, so that one socket cannot hold up the others with many, and an id can be
    // used again right after its operation was completed.
    allowSynchronousEvents: false,
    // Clients of another protocol are accepted in order to be told so with 4406.
    handleProtocols: (protocols) => handleProtocols(protocols) || ([...protocols][0] ?? false),
  })
  const accept = createAccept(options)

  // One for all: a listener made in there would keep the request as long as the socket.
  const onError = (err: Error): void => options.log.debug({ err }, 'a connection failed while it was becoming a socket')

  return (request, tcp, head) => {
    tcp.on('error', onError)
    options.gate.enter(request, tcp, (leave) =>
      server.handleUpgrade(request, tcp, head, (ws) => accept(ws, request, leave)),
    )
  }
}
