import type { Viewer } from '../auth/viewer.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import { writeTime } from '../lib/time.ts'
import { type Beginnings, begins, hasBegun } from './beginnings.ts'
import type { HeldBytes } from './held-bytes.ts'
import type { TakenOperation } from './messages.ts'
import type { CountedPeer, PeerBudgets } from './peer-budgets.ts'
import type { Socket } from './socket.ts'

/** A connection that has several operations at a time: a WebSocket, or a stream over HTTP. */
export interface Carrier extends Beginnings, CountedPeer {
  /** What its subscriptions take. */
  subscriptions: readonly TakenOperation[]
}

/** One client of the protocol, and what it is doing. */
export interface Peer extends Carrier {
  readonly socket: Socket
  /** Reads what a message says for graphql-ws; undefined until it has begun. */
  listener: ((data: string) => Promise<void>) | undefined
  /** Ends all that graphql-ws has of it; undefined until that is known. */
  end: ((code: number, reason: string) => Promise<void>) | undefined
  /** The header of its request, until that was used: tokens are not kept. */
  authorization: string | undefined
  /** Lets the next one shake hands; to be called when it was acknowledged or refused. */
  leaveHandshake: () => void
  /** It has sent `connection_init`. */
  hasInit: boolean
  /** Who connected; undefined without a token, and until the connection is acknowledged. */
  viewer: Viewer | undefined
  operations: number
}

/** For whom messages are read: somebody can also say with an operation who they are. */
export function readerOf({ viewer, session }: Peer): Viewer | undefined {
  return viewer ?? session.viewers[0]
}

function nothing(): void {}

/** Lets the next one shake hands. */
export function giveTurnOn(peer: Peer): void {
  peer.leaveHandshake()
  peer.leaveHandshake = nothing
}

/** What was only needed to connect is let go. */
export function endHandshake(peer: Peer): void {
  giveTurnOn(peer)
  peer.authorization = undefined
}

/** What a client is told of its connection. */
export function acknowledgement({ session, viewer }: Peer) {
  return {
    connectionId: session.id,
    userId: viewer?.userId ?? null,
    role: viewer?.role ?? null,
    name: viewer?.name ?? null,
    expiresAt: viewer ? writeTime(viewer.expiresAt) : null,
  }
}

/** Bytes that an operation makes its socket hold beside others: those that ask the same document have one copy. */
function bytesOf({ subscriptions }: Carrier, { documentDigest, documentBytes, heldBytes }: TakenOperation): number {
  return subscriptions.some((other) => other.documentDigest === documentDigest) ? heldBytes : heldBytes + documentBytes
}

/** How much a connection can have. */
export interface PeerLimits {
  readonly heldBytes: HeldBytes
  readonly rejects: Counter
  readonly subscriptions: number
  /** Of its user, over all sockets. */
  readonly budgets: Pick<PeerBudgets, 'subscribe'>
}

/** A query or mutation was sent. Throws RATE_LIMITED when there is too much under way on this socket. */
export function takeOperation({ session }: Carrier, payload: TakenOperation, bytes: number, limits: PeerLimits): void {
  limits.heldBytes.hold(session, bytes)
  payload.heldBytes = bytes
}

/** A subscription was sent. Throws RATE_LIMITED when there are too many on this socket or of its user, or they take too much. */
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

/** An operation has its only result, or its last one: what it was given is held no more, however long its client takes to read that. */
export function releaseVariables({ session }: Carrier, payload: TakenOperation, heldBytes: HeldBytes): void {
  heldBytes.release(session, payload.heldBytes)
  payload.heldBytes = 0
}

/** An operation is over; says whether it was a subscription. */
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
