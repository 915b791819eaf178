import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { handleProtocols } from 'graphql-ws'
import { type WebSocket, WebSocketServer } from 'ws'
import { createAcknowledgements } from '../delivery/acknowledgements.ts'
import type { Positions } from '../delivery/positions.ts'
import type { Services } from '../graphql/context.ts'
import type { Clock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS } from './close-codes.ts'
import type { Connections } from './connections.ts'
import type { AllowsOrigin } from './origins.ts'
import type { Peer } from './protocol.ts'
import { createProtocol, type ProtocolOptions } from './protocol.ts'
import { createRate } from './rate.ts'
import { closeKind, type Reject, type ServerStats } from './server-stats.ts'
import { createSession } from './session.ts'
import { createSocket, type Socket } from './socket.ts'

export interface WebSocketOptions extends ProtocolOptions {
  readonly path: string
  readonly services: Services
  readonly allowsOrigin: AllowsOrigin
  readonly connections: Connections
  readonly positions: Positions
  readonly isDraining: () => boolean
  readonly onConnectionClosed: (connectionId: string) => void
  readonly stats: ServerStats
  readonly clock: Clock
  readonly log: Log
}

/** Answers a request to become a WebSocket. */
export type Upgrade = (request: IncomingMessage, tcp: Duplex, head: Buffer) => void

interface Refusal {
  readonly reason: Reject
  readonly status: number
  readonly message: string
  readonly retryAfterSeconds?: number
}

/** How long a client has to send `connection_init`. */
const INIT_MS = 3_000

const refuse = (tcp: Duplex, { status, message, retryAfterSeconds }: Refusal): void => {
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(message)}`,
    ...(retryAfterSeconds === undefined ? [] : [`Retry-After: ${retryAfterSeconds}`]),
  ]
  tcp.once('finish', () => tcp.destroy())
  tcp.end(`${head.join('\r\n')}\r\n\r\n${message}`)
}

/** Why a request may not become a WebSocket; undefined when it may. Asked in this order, cheapest first. */
const createGate = ({ path, allowsOrigin, isDraining, services, clock }: WebSocketOptions) => {
  const rate = createRate(clock, services.limits.connectionsPerSecond)
  return (request: IncomingMessage): Refusal | undefined => {
    if (request.url?.split('?')[0] !== path)
      return { reason: 'path', status: 404, message: `WebSockets are at ${path}.` }
    if (!allowsOrigin(request)) return { reason: 'origin', status: 403, message: 'This origin is not allowed.' }
    if (isDraining()) {
      return { reason: 'draining', status: 503, message: 'This server is going away.', retryAfterSeconds: 1 }
    }
    const waitMs = rate.take()
    if (waitMs === 0) return undefined
    const retryAfterSeconds = Math.ceil(waitMs / 1_000)
    return { reason: 'connections_per_second', status: 503, message: 'Too many new connections.', retryAfterSeconds }
  }
}

const createPeer = (socket: Socket, request: IncomingMessage, options: WebSocketOptions): Peer => {
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
    hasInit: false,
    viewer: undefined,
    operations: 0,
  }
}

/** Begins the life of a socket, and ends it whole: the protocol, the session, the log. */
const createAccept = (options: WebSocketOptions) => {
  const { clock, connections, stats, log } = options
  const protocol = createProtocol(options)

  return (ws: WebSocket, request: IncomingMessage): void => {
    const openedAt = clock.now()
    const socket = createSocket(ws, request, openedAt, log)
    const peer = createPeer(socket, request, options)
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
      if (!peer.hasInit) socket.close(CLOSINGS.initTimeout)
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
  const gate = createGate(options)
  const accept = createAccept(options)

  return (request, tcp, head) => {
    tcp.on('error', (err) => options.log.debug({ err }, 'a connection failed while it was becoming a socket'))
    const refusal = gate(request)
    if (refusal) {
      options.stats.rejects.add(refusal.reason)
      return refuse(tcp, refusal)
    }
    server.handleUpgrade(request, tcp, head, (ws) => accept(ws, request))
  }
}
