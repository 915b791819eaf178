import type { Viewer } from '../auth/viewer.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Rate, take } from '../lib/rate.ts'
import type { ServerStats } from './server-stats.ts'
import type { Session } from './session.ts'
import type { Strangers } from './strangers.ts'
import type { UserBudgets } from './user-budgets.ts'

/** The parts of a connection that budgets need. */
export interface CountedPeer {
  readonly session: Session
  /** The address of the client, as `ClientAddress.key`. */
  readonly address: string
  /** How fast the connection may begin operations. */
  readonly rate: Rate
  /** Ends the counting as a connection without a token; undefined when it is not counted as one. */
  leaveAnonymous: Cancel | undefined
}

/** The budgets of a connection, of the users that it serves, and of the address that it comes from. */
export interface PeerBudgets {
  /** Counts an operation of a connection, whoever sends it. Throws RATE_LIMITED. */
  requireRate(peer: CountedPeer): void
  /** Counts an operation of a viewer, or of a stranger with its document, before the document is read. Throws RATE_LIMITED. */
  requireOperation(peer: CountedPeer, viewer: Viewer | undefined, document: string): void
  /** Counts bytes of a viewer's message before they are read; strangers are not counted here. Throws RATE_LIMITED. */
  read(viewer: Viewer | undefined, bytes: number): void
  /**
   * Counts a viewer's document that is not in the cache, before it is checked; strangers are not counted here. Throws RATE_LIMITED or
   * BAD_USER_INPUT.
   */
  check(viewer: Viewer | undefined, document: string): void
  /**
   * Counts the cost of an operation before it is executed. Returns the cost that the user has left, or null without a budget. Throws
   * RATE_LIMITED.
   */
  spend(from: Pick<CountedPeer, 'address'>, viewer: Viewer | undefined, cost: number): number | null
  /** Counts a subscription of the connection's user. Throws RATE_LIMITED. */
  subscribe(peer: CountedPeer): void
  /** Ends the counting of a subscription. */
  unsubscribe(peer: CountedPeer): void
  /** Counts a connection that was acknowledged without a token. Throws RATE_LIMITED. */
  enterAnonymous(peer: CountedPeer): void
}

export interface PeerBudgetsOptions {
  readonly budgets: UserBudgets
  readonly strangers: Strangers
  readonly stats: ServerStats
  readonly clock: Clock
}

/** Ends the counting of a connection as one without a token. Calling it twice does nothing. */
export function endAnonymity(peer: CountedPeer): void {
  peer.leaveAnonymous?.()
  peer.leaveAnonymous = undefined
}

/** Whether an acknowledged connection has not shown a token yet. */
export function isAnonymous(peer: CountedPeer): boolean {
  // A token can also come with an operation.
  if (peer.session.viewers.length > 0) endAnonymity(peer)
  return peer.leaveAnonymous !== undefined
}

/**
 * The user whose budget counts the subscriptions of a connection; undefined for a stranger. It is the first user of the session, since the
 * headers in GraphiQL can name others later.
 */
function ownerOf({ session }: CountedPeer): string | undefined {
  return session.viewers[0]?.userId
}

/** Returns the budgets of all connections of this node. */
export function createPeerBudgets({ budgets, strangers, stats, clock }: PeerBudgetsOptions): PeerBudgets {
  return {
    requireRate: ({ rate }) => {
      const retryAfterMs = take(rate, clock.now())
      if (retryAfterMs === 0) return
      stats.rejects.add('operations_per_second')
      const advice = 'A client that means it? Raise MAX_OPERATIONS_PER_SECOND.'
      throw new AppError('RATE_LIMITED', 'Too many operations on this connection.', { retryAfterMs }, { advice })
    },
    requireOperation: ({ address }, viewer, document) => {
      if (viewer) budgets.begin(viewer)
      else strangers.requireOperation(address, document)
    },
    read: (viewer, bytes) => {
      if (viewer) budgets.read(viewer, bytes)
    },
    // The document of a stranger was counted with its operation.
    check: (viewer, document) => {
      if (viewer) budgets.check(viewer, document)
    },
    spend: ({ address }, viewer, cost) => {
      if (viewer) return budgets.spend(viewer, cost)
      strangers.chargeCost(address, cost)
      return null
    },
    subscribe: (peer) => {
      const owner = ownerOf(peer)
      if (owner !== undefined) budgets.subscribe(owner)
    },
    unsubscribe: (peer) => {
      const owner = ownerOf(peer)
      if (owner !== undefined) budgets.unsubscribe(owner)
    },
    enterAnonymous: (peer) => {
      strangers.charge(peer.address)
      peer.leaveAnonymous = strangers.enter(peer.address)
    },
  }
}
