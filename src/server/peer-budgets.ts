import type { Viewer } from '../auth/viewer.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { type Rate, take } from '../lib/rate.ts'
import type { ServerStats } from './server-stats.ts'
import type { Session } from './session.ts'
import type { Strangers } from './strangers.ts'
import type { UserBudgets } from './user-budgets.ts'

/** What of a socket is counted together with others. */
export interface CountedPeer {
  readonly session: Session
  /** Where it comes from, as `ClientAddress.key`. */
  readonly address: string
  /** How fast it may begin operations. */
  readonly rate: Rate
  /** Ends being counted as a socket without a token; undefined when it is not. */
  leaveAnonymous: Cancel | undefined
}

/** The budgets of a socket, of whom it serves, and of where it comes from. */
export interface PeerBudgets {
  /** Counts what a socket asks for, whoever it is. Throws RATE_LIMITED. */
  requireRate(peer: CountedPeer): void
  /** Counts an operation of somebody before its document is looked at. Throws RATE_LIMITED. */
  requireOperation(peer: CountedPeer, viewer: Viewer | undefined, document: string): void
  /** Counts so many bytes of a message before they are read. Throws RATE_LIMITED. */
  read(viewer: Viewer | undefined, bytes: number): void
  /** Counts a document that is not known, before it is checked. Throws RATE_LIMITED or BAD_USER_INPUT. */
  check(viewer: Viewer | undefined, document: string): void
  /** Counts what an operation costs before it is executed; returns what its user has left, null without a budget. Throws RATE_LIMITED. */
  spend(from: Pick<CountedPeer, 'address'>, viewer: Viewer | undefined, cost: number): number | null
  /** Counts a subscription. Throws RATE_LIMITED. */
  subscribe(peer: CountedPeer): void
  /** A subscription is over. */
  unsubscribe(peer: CountedPeer): void
  /** Counts a socket that was acknowledged without a token. Throws RATE_LIMITED. */
  enterAnonymous(peer: CountedPeer): void
}

export interface PeerBudgetsOptions {
  readonly budgets: UserBudgets
  readonly strangers: Strangers
  readonly stats: ServerStats
  readonly clock: Clock
}

/** A socket is without a token no more. */
export function endAnonymity(peer: CountedPeer): void {
  peer.leaveAnonymous?.()
  peer.leaveAnonymous = undefined
}

/** Whether nobody has said who they are on a socket that was acknowledged. */
export function isAnonymous(peer: CountedPeer): boolean {
  // A token can also come with an operation.
  if (peer.session.viewers.length > 0) endAnonymity(peer)
  return peer.leaveAnonymous !== undefined
}

/** Whose subscriptions those of a socket are; undefined when it serves nobody. The first one, since GraphiQL can name others later. */
function ownerOf({ session }: CountedPeer): string | undefined {
  return session.viewers[0]?.userId
}

/** Makes the counting. */
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
    // What strangers send was counted with their operation.
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
