import type { Viewer } from '../auth/viewer.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import { writeTime } from '../lib/time.ts'
import { type Beginnings, begins, hasBegun } from './beginnings.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { TakenOperation } from './messages.ts'
import type { CountedPeer, PeerBudgets } from './peer-budgets.ts'
import type { Socket } from './socket.ts'

/** A connection that has several operations at a time: a WebSocket, or a stream of many operations over HTTP. */
export interface Carrier extends Beginnings, CountedPeer {
  /** Its open subscriptions, each with the memory that it takes. */
  subscriptions: readonly TakenOperation[]
}

/** A WebSocket that speaks graphql-transport-ws, and what its client is doing. */
export interface Peer extends Carrier {
  readonly socket: Socket
  /** Handles a message for graphql-ws; undefined until graphql-ws has the socket. */
  listener: ((data: string) => Promise<void>) | undefined
  /** Ends all that graphql-ws has of this socket; undefined until graphql-ws has the socket. */
  end: ((code: number, reason: string) => Promise<void>) | undefined
  /** The `Authorization` header of the handshake. It is dropped once it was used, so that no token is kept. */
  authorization: string | undefined
  /** Frees the place of this handshake for the next one. To be called when the connection was acknowledged or refused. */
  leaveHandshake: () => void
  /** Whether the client has sent `connection_init`. */
  hasInit: boolean
  /** The viewer that connected. Undefined without a token, and until the connection is acknowledged. */
  viewer: Viewer | undefined
  /** How many operations the client has sent. */
  operations: number
}

/**
 * The viewer whose budget is charged for the messages of a socket; undefined for a stranger. A token can come with an operation, too: then
 * it is the first viewer of the session.
 */
export function readerOf({ viewer, session }: Peer): Viewer | undefined {
  return viewer ?? session.viewers[0]
}

function nothing(): void {}

/** Frees the place of this handshake for the next one. Calling it twice does nothing. */
export function giveTurnOn(peer: Peer): void {
  peer.leaveHandshake()
  peer.leaveHandshake = nothing
}

/** Ends the handshake of a socket: frees its place, and drops the token that came with it. */
export function endHandshake(peer: Peer): void {
  giveTurnOn(peer)
  peer.authorization = undefined
}

/** The payload of `connection_ack`: the id of the connection, and its user if there is one. */
export function acknowledgement({ session, viewer }: Peer) {
  return {
    connectionId: session.id,
    userId: viewer?.userId ?? null,
    role: viewer?.role ?? null,
    name: viewer?.name ?? null,
    expiresAt: viewer ? writeTime(viewer.expiresAt) : null,
  }
}

/** Bytes of memory that a subscription adds to its connection. Subscriptions with the same document share one copy of that. */
function bytesOf({ subscriptions }: Carrier, { documentDigest, documentBytes, heldBytes }: TakenOperation): number {
  return subscriptions.some((other) => other.documentDigest === documentDigest) ? heldBytes : heldBytes + documentBytes
}

/** The limits of one connection, and where its use is counted. */
export interface PeerLimits {
  readonly heldBytes: HeldBytes
  readonly rejects: Counter
  /** How many subscriptions one connection may have. */
  readonly subscriptions: number
  /** Counts the subscriptions of the user, over all connections. */
  readonly budgets: Pick<PeerBudgets, 'subscribe'>
}

/** Counts the memory of a query or mutation. Throws RATE_LIMITED when the operations of the connection or its user take too much. */
export function takeOperation({ session }: Carrier, payload: TakenOperation, bytes: number, limits: PeerLimits): void {
  limits.heldBytes.hold(session, bytes)
  payload.heldBytes = bytes
}

/** Counts a subscription. Throws RATE_LIMITED when the connection or its user has too many, or their operations take too much memory. */
export function takeSubscription(peer: Carrier, id: string, payload: TakenOperation, limits: PeerLimits): void {
  const { subscriptions: max, rejects, heldBytes } = limits
  if (peer.subscriptions.length >= max) {
    rejects.add('subscriptions_per_socket')
    const advice = 'A page that means it? Raise MAX_SUBSCRIPTIONS_PER_SOCKET.'
    const message = `This connection has ${max} subscriptions already. End one first.`
    throw new AppError('RATE_LIMITED', message, {}, { advice })
  }
  const bytes = bytesOf(peer, payload)
  heldBytes.hold(peer.session, bytes)
  try {
    limits.budgets.subscribe(peer)
  } catch (error) {
    heldBytes.release(peer.session, bytes)
    throw error
  }
  peer.subscriptions = peer.subscriptions.concat(payload)
  begins(peer, id)
}

/** Releases the memory of an operation whose only or last result was made, however long its client takes to read that. */
export function releaseVariables({ session }: Carrier, payload: TakenOperation, heldBytes: HeldBytes): void {
  heldBytes.release(session, payload.heldBytes)
  payload.heldBytes = 0
}

/** Ends the counting of an operation that is over; returns whether it was a subscription. */
export function endOperation(peer: Carrier, id: string, payload: TakenOperation, heldBytes: HeldBytes): boolean {
  const index = peer.subscriptions.indexOf(payload)
  if (index < 0) {
    heldBytes.release(peer.session, payload.heldBytes)
    payload.answering?.end()
    return false
  }
  peer.subscriptions = peer.subscriptions.toSpliced(index, 1)
  heldBytes.release(peer.session, bytesOf(peer, payload))
  hasBegun(peer, id)
  return true
}
