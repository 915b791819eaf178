import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { createAcknowledgements } from '../delivery/acknowledgements.ts'
import type { Positions } from '../delivery/positions.ts'
import type { Services } from '../graphql/context.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Connections } from './connections.ts'
import type { Gate } from './gate.ts'
import type { Peer } from './protocol.ts'
import { createProtocol, type ProtocolOptions } from './protocol.ts'
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
  readonly log: Log
}

/** Answers a request to become a WebSocket. */
export type Upgrade = (request: IncomingMessage, tcp: Duplex, head: Buffer) => void

/** How long a client has to send `connection_init`. */
const INIT_MS = 3_000

const createPeer = (
  socket: Socket,
  request: IncomingMessage,
  onHandshakeOver: Cancel,
  options: WebSocketOptions,
): Peer => {
  const { services, clock, onConnectionClosed, positions, stats, log } = options
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
    request,
    rate: createRate(clock, services.limits.operationsPerSecond),
    subscriptions: new Set(),
    log: log.child({ connectionId: id }),
    outbox: socket.outbox,
    acknowledgements: createAcknowledgements({
      positions,
      send: (message) => void socket.send(message),
      heartbeats: socket.heartbeats,
    }),
    close: socket.close,
    onHandshakeOver,
    hasInit: false,
    viewer: undefined,
    operations: 0,
  }
}

/** Begins the life of a socket, and ends it whole: the protocol, the session, the log. */
const createAccept = (options: WebSocketOptions) => {
  const { clock, connections, stats, log } = options
  const protocol = createProtocol(options)

  return (ws: WebSocket, request: IncomingMessage, onHandshakeOver: Cancel): void => {
    const openedAt = clock.now()
    const socket = createSocket(ws, request, openedAt, log)
    const peer = createPeer(socket, request, onHandshakeOver, options)
    const closed = protocol.opened(
      { ...socket, close: (code = CLOSINGS.overloaded.code, reason = '') => socket.close({ code, reason }) },
      peer,
    )
    stats.open.add('websocket')
    stats.opened.add('websocket')
    const remove = connections.add({
      beat: (now) => {
        if (peer.session.isExpired(now)) return socket.close(CLOSINGS.tokenExpired)
        peer.acknowledgements.beat()
        socket.beat(now)
      },
      drain: () => socket.close(CLOSINGS.draining),
      terminate: socket.terminate,
    })
    const cancelInit = clock.after(INIT_MS, () => {
      if (peer.hasInit) return
      socket.close(CLOSINGS.initTimeout)
      onHandshakeOver()
    })
    socket.onClose((code, reason) => {
      cancelInit()
      remove()
      stats.open.add('websocket', -1)
      stats.closes.add(closeKind(code))
      peer.session.close()
      // Before the protocol ends the subscriptions: these come back.
      peer.acknowledgements.close()
      // Never thrown from here: an unhandled rejection would end the process and every other socket with it.
      Promise.resolve(closed(code, reason)).catch((err: unknown) =>
        peer.log.error({ err }, 'a socket did not end cleanly'),
      )
      const { operations, session } = peer
      const durationMs = clock.now() - openedAt
      // More than one where GraphiQL's headers name others than who connected.
      peer.log.info({ users: [...session.users], code, reason, durationMs, operations }, 'connection closed')
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

  return (request, tcp, head) => {
    tcp.on('error', (err) => options.log.debug({ err }, 'a connection failed while it was becoming a socket'))
    options.gate.enter(request, tcp, (leave) =>
      server.handleUpgrade(request, tcp, head, (ws) => accept(ws, request, leave)),
    )
  }
}
