import { tokenRevoked } from '../auth/token-errors.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { Presence } from '../presence/presence.ts'
import type { HeldBytes, Holder } from './held-bytes.ts'

/** Whom a connection serves, for as long as it lasts. A record, since there is one per connection; `Sessions` work on it. */
export interface Session extends Holder {
  /** Identifies the connection everywhere. */
  readonly id: string
  /** The backend ends the session; the error is for the client. */
  readonly end: (error: AppError) => void
  /** Whom it has served so far, once for each of their tokens. */
  viewers: readonly Viewer[]
  /** When the first token that was used here ends. */
  expiresAt: number
  /** It was told to end, because a token that was used here was revoked. */
  isEnding: boolean
  isClosed: boolean
}

/** What happens to sessions. */
export interface Sessions {
  /**
   * Takes somebody in. Throws RATE_LIMITED when they have too many connections already, or the session too many tokens, and
   * UNAUTHENTICATED when the token has been revoked since it was checked.
   */
  admit(session: Session, viewer: Viewer): void
  /** Ends the session if a token that was used in it is revoked; whether it did. */
  recheck(session: Session): boolean
  /** Nobody is served any more. Closing twice does nothing. */
  close(session: Session): void
}

export interface SessionsOptions {
  /** Whether a token is refused although it has not ended. */
  readonly isRevoked: (viewer: Viewer) => boolean
  readonly presence: Pick<Presence, 'enter' | 'leave' | 'localConnections'>
  readonly heldBytes: Pick<HeldBytes, 'assign'>
  readonly socketsPerUser: number
  /** Where it is counted that somebody had too many. */
  readonly rejects: Counter
  readonly onConnectionClosed: (connectionId: string) => void
}

/** There is no timer that would say when it is over: another connection has to end. */
const RETRY_AFTER_MS = 5_000
/** What is remembered of the tokens of a session is bounded. GraphiQL uses one for each of its tabs. */
const MAX_TOKENS = 50

/** Begins without anybody. */
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

/** Who is served, each once. */
export function usersOf({ viewers }: Session): readonly string[] {
  return [...new Set(viewers.map(({ userId }) => userId))]
}

/** Whether a token that was used in a session has ended. */
export function isExpired({ expiresAt }: Session, now: number): boolean {
  return now >= expiresAt
}

function isSameToken(one: Viewer, other: Viewer): boolean {
  return (
    one === other || (one.userId === other.userId && one.issuedAt === other.issuedAt && one.tokenId === other.tokenId)
  )
}

/** Makes what all sessions of a node have in common. */
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
    // Not waited for: somebody can be served while presence is away. It never rejects.
    void presence.enter({ id: session.id, userId, end: session.end })
  }

  /** Remembers a token for as long as the session lasts: it may be revoked. */
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
      // A token can be checked for so long that its socket has gone meanwhile: nobody would leave again.
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
