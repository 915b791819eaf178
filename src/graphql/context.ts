import type { Revoke } from '../auth/revoke.ts'
import type { Viewer } from '../auth/viewer.ts'
import type { Events } from '../events/events.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits, TypingTimes } from '../lib/limits.ts'
import type { Notifications } from '../notifications/notifications.ts'
import type { Presence } from '../presence/presence.ts'
import type { Tickets } from '../tickets/tickets.ts'
import type { Work } from './work.ts'

/** What resolvers call: the features, as app.ts made them. */
export interface Services {
  readonly notifications: Notifications
  readonly tickets: Tickets
  readonly events: Events
  readonly presence: Presence
  readonly revoke: Revoke
  readonly eraseUser: (userId: string) => Promise<Erasure>
  readonly limits: Limits
  readonly typing: TypingTimes
  /** Counts a write of a viewer and the bytes that it stores. Throws RATE_LIMITED or BAD_USER_INPUT. Undefined: writes are not counted. */
  readonly requireWrite?: ((viewer: Viewer, bytes: number) => void) | undefined
}

/** The receipt of an erasure. */
export interface Erasure {
  readonly notifications: number
  readonly messages: number
  readonly at: number
}

/** One operation: who asks, over which connection, and what can be called. */
export interface Context extends Services {
  /** Undefined without a valid token. */
  readonly viewer: Viewer | undefined
  /** Identifies the socket, or the single request over HTTP. */
  readonly connectionId: string
  /** Where a subscription over HTTP goes on: a cursor, which counts as its argument `after`. */
  readonly lastEventId?: string | undefined
  /** The connection goes on after this operation, and with its end what was begun on it ends. */
  readonly isSocket: boolean
  /** What this execution does; undefined where nobody can go away and nothing is answered, such as for a command from Redis. */
  readonly work?: Work
  /** What a command from Redis is known by, so that it is executed once; undefined for calls and for commands without. */
  readonly commandKey?: string | undefined
}

/** A context that has what `base` has, and what is its own: features are many, operations more, and a copy of all for each takes room. */
export function contextOn<Base extends Services, Own extends Partial<Context>>(base: Base, own: Own): Base & Own {
  return Object.assign(Object.create(base) as Base, own)
}

/** The viewer of an operation that needs one. Throws UNAUTHENTICATED. */
export function requireViewer({ viewer }: Context): Viewer {
  if (!viewer) throw new AppError('UNAUTHENTICATED', 'A valid token is needed.')
  return viewer
}
