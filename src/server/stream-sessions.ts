import type { IncomingMessage } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'
import { AppError, badInput } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import { openSession, type Session, type Sessions } from './session.ts'
import type { UserBudgets } from './user-budgets.ts'

/** A stream over HTTP that belongs to a session. */
export interface StreamMember {
  /** Completes the stream with an error. */
  end(error: AppError): void
}

/** Gives streams over HTTP their sessions. Several streams of one client can share a session, and so count as one connection. */
export interface StreamSessions {
  /**
   * Joins a stream to a session. Returns the session, and the function that leaves it; when the last stream leaves, the session is closed.
   * Streams of one user that name the same connection share a session. Throws RATE_LIMITED when the user has too many connections or
   * subscriptions, or the connection has too many streams.
   */
  join(stream: StreamMember, request: IncomingMessage, viewer: Viewer | undefined): readonly [Session, () => void]
}

export interface StreamSessionsOptions {
  readonly sessions: Sessions
  readonly budgets: Pick<UserBudgets, 'subscribe' | 'unsubscribe'>
  /** How many streams may share one session. */
  readonly streamsPerConnection: number
}

/** The header by which a client says which of its streams belong together, such as those of one tab. Its value is a random text. */
export const CONNECTION_HEADER = 'herald-connection'
const CONNECTION_NAME = /^[\w-]{1,64}$/

/** What `retryAfterMs` says to a connection with too many streams. It is a guess: another stream has to end first. */
const RETRY_AFTER_MS = 5_000

interface Shared {
  readonly session: Session
  readonly members: Set<StreamMember>
}

function nameIn({ headers }: IncomingMessage): string | undefined {
  const name = headers[CONNECTION_HEADER]
  if (name === undefined) return undefined
  if (typeof name === 'string' && CONNECTION_NAME.test(name)) return name
  throw badInput(`The header ${CONNECTION_HEADER} must be 1 to 64 letters, digits, - or _.`)
}

/** Returns the sessions of streams on this node; at first there are none. */
export function createStreamSessions(options: StreamSessionsOptions): StreamSessions {
  const { sessions, budgets, streamsPerConnection } = options
  const byName = new Map<string, Shared>()

  const open = (): Shared => {
    const members = new Set<StreamMember>()
    const end = (error: AppError): void => {
      for (const member of [...members]) member.end(error)
    }
    return { session: openSession(newId(), end), members }
  }

  const admit = (session: Session, viewer: Viewer): void => {
    budgets.subscribe(viewer.userId)
    try {
      sessions.admit(session, viewer)
    } catch (error) {
      budgets.unsubscribe(viewer.userId)
      throw error
    }
  }

  return {
    join: (stream, request, viewer) => {
      const name = viewer && nameIn(request)
      // No name contains a space, so the key is unique whatever the user id contains.
      const key = name === undefined ? undefined : `${name} ${viewer?.userId}`
      const known = key === undefined ? undefined : byName.get(key)
      const shared = known && !known.session.isEnding ? known : open()
      if (shared.members.size >= streamsPerConnection) {
        const message = `This connection has ${streamsPerConnection} streams already. End one first.`
        throw new AppError(
          'RATE_LIMITED',
          message,
          { retryAfterMs: RETRY_AFTER_MS },
          { advice: 'One page needs more? Raise MAX_SUBSCRIPTIONS_PER_SOCKET.' },
        )
      }
      if (viewer) admit(shared.session, viewer)
      shared.members.add(stream)
      if (key !== undefined) byName.set(key, shared)
      const leave = (): void => {
        shared.members.delete(stream)
        if (viewer) budgets.unsubscribe(viewer.userId)
        if (shared.members.size > 0) return
        if (key !== undefined && byName.get(key) === shared) byName.delete(key)
        sessions.close(shared.session)
      }
      return [shared.session, leave]
    },
  }
}
