import { tokenRevoked } from '../auth/token-errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { Presence } from '../presence/presence.ts'
import type { HeldBytes, Holder } from './held-bytes.ts'

/** A connection with the users that it serves. A plain record, since there is one per connection; the functions are in `Sessions`. */
export interface Session extends Holder {
  /** The id of the connection, in presence, in logs and for its client. */
  readonly id: string
  /** Ends the connection from Herald's side. The client gets the error. */
  readonly end: (error: AppError) => void
  /** The viewers that were admitted so far, one for each of their tokens. */
  viewers: readonly Viewer[]
  /** When the first token that was used here expires, in milliseconds since 1970; Infinity without a token. */
  expiresAt: number
  /** True once Herald is ending the connection, such as because a token that was used here was revoked. */
  isEnding: boolean
  isClosed: boolean
}

/** Admits viewers to connections, and ends the connections of revoked tokens. */
export interface Sessions {
  /**
   * Admits a viewer to a connection; the user is present from then on. Throws RATE_LIMITED when the user has too many connections or holds
   * too much, or the connection has used too many tokens. Throws UNAUTHENTICATED when the token was revoked after it was checked, and
   * SERVICE_UNAVAILABLE when the connection is closed.
   */
  admit(session: Session, viewer: Viewer): void
  /** Ends the connection if a token that was used on it is revoked; returns whether it did. */
  recheck(session: Session): boolean
  /** The connection is closed: its users are no longer present here. Closing twice does nothing. */
  close(session: Session): void
}

export interface SessionsOptions {
  /** Whether a token is refused although it has not expired. */
  readonly isRevoked: (viewer: Viewer) => boolean
  readonly presence: Pick<Presence, 'enter' | 'leave' | 'localConnections'>
  readonly heldBytes: Pick<HeldBytes, 'assign'>
  readonly socketsPerUser: number
  /** Counts refusals of users that have too many connections. */
  readonly rejects: Counter
  /** Called once when a connection is closed. */
  readonly onConnectionClosed: (connectionId: string) => void
}

/** What `retryAfterMs` says to a user with too many connections. It is a guess: another connection has to end first. */
const RETRY_AFTER_MS = 5_000
/** How many tokens one connection may use, since each is remembered. GraphiQL uses one for each of its tabs. */
const MAX_TOKENS = 50

/** A new session, which serves nobody yet. `end` ends its connection with an error. */
export function openSession(id: string, end: (error: AppError) => void): Session {
  return {
    id,
    end,
    viewers: [],
    expiresAt: Number.POSITIVE_INFINITY,
    heldBytes: 0,
    holdingUser: undefined,
    isEnding: false,
    isClosed: false,
  }
}

/** The ids of the users that a session serves, each once. */
export function usersOf({ viewers }: Session): readonly string[] {
  return [...new Set(viewers.map(({ userId }) => userId))]
}

/** Whether a token that was used in a session has expired. */
export function isExpired({ expiresAt }: Session, now: number): boolean {
  return now >= expiresAt
}

function isSameToken(one: Viewer, other: Viewer): boolean {
  return (
    one === other || (one.userId === other.userId && one.issuedAt === other.issuedAt && one.tokenId === other.tokenId)
  )
}

/** Returns the admission and the end of all sessions of this node. */
export function createSessions({
  isRevoked,
  presence,
  heldBytes,
  socketsPerUser,
  rejects,
  onConnectionClosed,
}: SessionsOptions): Sessions {
  const enter = (session: Session, userId: string): void => {
    if (presence.localConnections(userId) >= socketsPerUser) {
      rejects.add('sockets_per_user')
      throw new AppError(
        'RATE_LIMITED',
        `You have ${socketsPerUser} connections already. Close one first.`,
        { retryAfterMs: RETRY_AFTER_MS },
        { advice: 'One user needs more? Raise MAX_SOCKETS_PER_USER.' },
      )
    }
    // Not awaited, because users are served while presence is down, too. It never rejects.
    void presence.enter({ id: session.id, userId, end: session.end })
  }

  /** Remembers a token for as long as the session lasts, since it may be revoked. */
  const keep = (session: Session, viewer: Viewer): void => {
    const { viewers } = session
    if (viewers.some((known) => isSameToken(known, viewer))) return
    if (viewers.length >= MAX_TOKENS) {
      throw new AppError('RATE_LIMITED', `This connection has used ${MAX_TOKENS} tokens already. Open another one.`)
    }
    heldBytes.assign(session, viewer)
    if (!viewers.some(({ userId }) => userId === viewer.userId)) enter(session, viewer.userId)
    session.viewers = viewers.concat(viewer)
  }

  return {
    admit: (session, viewer) => {
      // The socket can close while its token is checked. A user that was admitted after that would never leave.
      if (session.isClosed) throw new AppError('SERVICE_UNAVAILABLE', 'The connection is closed.')
      if (isRevoked(viewer)) throw tokenRevoked()
      keep(session, viewer)
      session.expiresAt = Math.min(session.expiresAt, viewer.expiresAt)
    },
    recheck: (session) => {
      if (session.isEnding || session.isClosed || !session.viewers.some(isRevoked)) return false
      session.isEnding = true
      session.end(tokenRevoked())
      return true
    },
    close: (session) => {
      if (session.isClosed) return
      session.isClosed = true
      if (session.viewers.length > 0) void presence.leave(session.id)
      onConnectionClosed(session.id)
    },
  }
}
