import type { Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { Tally } from '../lib/tally.ts'
import type { Presence } from '../presence/presence.ts'

/** Whom a connection serves, for as long as it lasts. */
export interface Session {
  /** Identifies the connection everywhere. */
  readonly id: string
  /** Takes somebody in. Throws RATE_LIMITED when they have too many connections already. */
  admit(viewer: Viewer): void
  /** Whom it has served so far. */
  readonly users: readonly string[]
  /** Whether a token that was used here has ended. */
  isExpired(now: number): boolean
  /** Nobody is served any more. Closing twice does nothing. */
  close(): void
}

export interface SessionOptions {
  readonly id: string
  readonly presence: Pick<Presence, 'enter' | 'leave' | 'localConnections'>
  readonly socketsPerUser: number
  /** Where it is counted that somebody had too many. */
  readonly rejects: Tally
  /** The backend ended the session; `reason` is for the client. */
  readonly onEnded: (reason: string) => void
  readonly onClosed: (connectionId: string) => void
}

/** Begins without anybody. */
export const createSession = ({
  id,
  presence,
  socketsPerUser,
  rejects,
  onEnded,
  onClosed,
}: SessionOptions): Session => {
  const users: string[] = []
  let expiresAt = Number.POSITIVE_INFINITY
  let isClosed = false

  const enter = (userId: string): void => {
    if (presence.localConnections(userId) >= socketsPerUser) {
      rejects.add('sockets_per_user')
      throw new AppError('RATE_LIMITED', `You have ${socketsPerUser} connections already. Close one first.`)
    }
    users.push(userId)
    // Not waited for: somebody can be served while presence is away. It never rejects.
    void presence.enter({ id, userId, close: onEnded })
  }

  return {
    id,
    users,
    admit: (viewer) => {
      // A token can be checked for so long that its socket has gone meanwhile: nobody would leave again.
      if (isClosed) throw new AppError('SERVICE_UNAVAILABLE', 'The connection is closed.')
      if (!users.includes(viewer.userId)) enter(viewer.userId)
      expiresAt = Math.min(expiresAt, viewer.expiresAt)
    },
    isExpired: (now) => now >= expiresAt,
    close: () => {
      if (isClosed) return
      isClosed = true
      if (users.length > 0) void presence.leave(id)
      onClosed(id)
    },
  }
}
