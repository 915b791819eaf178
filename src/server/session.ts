import type { Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Tally } from '../lib/tally.ts'
import type { Presence } from '../presence/presence.ts'

/** Whom a connection serves, for as long as it lasts. A record, since there is one per connection; `Sessions` work on it. */
export interface Session {
  /** Identifies the connection everywhere. */
  readonly id: string
  /** The backend ends the session; `reason` is for the client. */
  readonly end: (reason: string) => void
  /** Whom it has served so far. */
  users: readonly string[]
  /** When the first token that was used here ends. */
  expiresAt: number
  /** Bytes of memory that its operations take, about. */
  heldBytes: number
  isClosed: boolean
}

/** What happens to sessions. */
export interface Sessions {
  /** Takes somebody in. Throws RATE_LIMITED when they have too many connections already. */
  admit(session: Session, viewer: Viewer): void
  /** Nobody is served any more. Closing twice does nothing. */
  close(session: Session): void
}

export interface SessionsOptions {
  readonly presence: Pick<Presence, 'enter' | 'leave' | 'localConnections'>
  readonly socketsPerUser: number
  /** Where it is counted that somebody had too many. */
  readonly rejects: Tally
  readonly onConnectionClosed: (connectionId: string) => void
}

/** There is no timer that would say when it is over: another connection has to end. */
const RETRY_AFTER_MS = 5_000

/** Begins without anybody. */
export const openSession = (id: string, end: (reason: string) => void): Session => ({
  id,
  end,
  users: [],
  expiresAt: Number.POSITIVE_INFINITY,
  heldBytes: 0,
  isClosed: false,
})

/** Whether a token that was used in a session has ended. */
export const isExpired = ({ expiresAt }: Session, now: number): boolean => now >= expiresAt

/** Makes what all sessions of a node have in common. */
export const createSessions = ({
  presence,
  socketsPerUser,
  rejects,
  onConnectionClosed,
}: SessionsOptions): Sessions => {
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
    session.users = session.users.concat(userId)
    // Not waited for: somebody can be served while presence is away. It never rejects.
    void presence.enter({ id: session.id, userId, close: session.end })
  }

  return {
    admit: (session, viewer) => {
      // A token can be checked for so long that its socket has gone meanwhile: nobody would leave again.
      if (session.isClosed) throw new AppError('SERVICE_UNAVAILABLE', 'The connection is closed.')
      if (!session.users.includes(viewer.userId)) enter(session, viewer.userId)
      session.expiresAt = Math.min(session.expiresAt, viewer.expiresAt)
    },
    close: (session) => {
      if (session.isClosed) return
      session.isClosed = true
      if (session.users.length > 0) void presence.leave(session.id)
      onConnectionClosed(session.id)
    },
  }
}
