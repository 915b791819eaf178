import type { Revoke } from '../auth/revoke.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Events } from '../events/events.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits, TypingTimes } from '../lib/limits.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { Preferences } from '../preferences/preferences.ts'
import type { Presence } from '../presence/presence.ts'
import type { Tickets } from '../tickets/tickets.ts'
import type { Work } from './work.ts'

/** What resolvers call: the features and the limits, as `app.ts` has made them. */
export interface Services {
  readonly notifications: Notifications
  readonly tickets: Tickets
  readonly events: Events
  readonly presence: Presence
  readonly preferences: Preferences
  readonly revoke: Revoke
  readonly eraseUser: (userId: string) => Promise<Erasure>
  readonly limits: Limits
  readonly typing: TypingTimes
  /** Counts a write of a viewer and the bytes that it stores. Throws RATE_LIMITED or BAD_USER_INPUT. Undefined: writes are not counted. */
  readonly requireWrite?: ((viewer: Viewer, bytes: number) => void) | undefined
}

/** The receipt of an erasure: how many notifications and messages it covered, and when it was done, in milliseconds since 1970. */
export interface Erasure {
  readonly notifications: number
  readonly messages: number
  readonly at: number
}

/** The context of one operation: its viewer, its connection, and the services that resolvers call. */
export interface Context extends Services {
  /** The user of the operation; undefined without a valid token. */
  readonly viewer: Viewer | undefined
  /** Identifies the connection: the socket, the stream, or all single HTTP requests of one user together. */
  readonly connectionId: string
  /** The cursor after which a subscription over HTTP continues (`Last-Event-ID`). It counts as its argument `after`. */
  readonly lastEventId?: string | undefined
  /** Whether the connection stays open after this operation. If so, what was begun on it, such as typing, ends with it. */
  readonly isSocket: boolean
  /**
   * Decides when this execution may read, and stops it when its client has gone. Undefined where no client waits for an answer, such as for
   * a command from Redis.
   */
  readonly work?: Work
  /** The key by which a command from Redis is executed only once. Undefined for calls, and for commands without a key. */
  readonly commandKey?: string | undefined
}

/**
 * A context with the properties of `base` and of `own`. It inherits from `base` instead of copying it, to save memory: there are many
 * services, and even more operations.
 */
export function contextOn<Base extends Services, Own extends Partial<Context>>(base: Base, own: Own): Base & Own {
  return Object.assign(Object.create(base) as Base, own)
}

/** The viewer of an operation. Throws UNAUTHENTICATED when there is none. */
export function requireViewer({ viewer }: Context): Viewer {
  if (!viewer) throw new AppError('UNAUTHENTICATED', 'A valid token is needed.')
  return viewer
}
