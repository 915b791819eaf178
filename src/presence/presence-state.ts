import { z } from 'zod'
import { isStaff, type Viewer } from '../auth/viewer.ts'
import { type Topic, topic } from '../bus/bus.ts'
import type { Scope } from '../delivery/description.ts'
import type { MembershipStats } from '../membership/memberships.ts'

/** The rooms in which users are while they are online, and the only room of that kind. */
export const ONLINE = 'online'

/** The presence of a user as it is told to all nodes. */
export interface PresenceEvent {
  readonly userId: string
  readonly isOnline: boolean
  readonly connectionCount: number
  readonly lastSeenAt: number | null
  readonly version: number
}

/** The presence of a user as a viewer may see it. */
export interface PresenceState {
  readonly userId: string
  readonly isOnline: boolean
  /** Null unless it is about the viewer or the viewer is staff. */
  readonly connectionCount: number | null
  /** Milliseconds since 1970. Null while online, if never seen, or as for `connectionCount`. */
  readonly lastSeenAt: number | null
  /** Of two states of a user the larger is newer. */
  readonly version: number
}

const presenceEventSchema: z.ZodType<PresenceEvent> = z.object({
  userId: z.string(),
  isOnline: z.boolean(),
  connectionCount: z.int().nonnegative(),
  lastSeenAt: z.number().nullable(),
  version: z.number(),
})

/**
 * Where a user's coming online and going offline is told. Not `presence:<id>`: there, nodes of the version before tell what they know of,
 * which lacks the users of this one.
 */
export function presenceTopic(userId: string): Topic<PresenceEvent> {
  return topic(`online:${userId}`, presenceEventSchema)
}

/** Connection counts and last seen times are for the user itself, staff and backends. */
export function canSeeDetails(viewer: Viewer, userId: string): boolean {
  return viewer.userId === userId || isStaff(viewer)
}

/** What `event` says to this viewer. */
export function stateFor(viewer: Viewer, event: PresenceEvent): PresenceState {
  return canSeeDetails(viewer, event.userId) ? event : { ...event, connectionCount: null, lastSeenAt: null }
}

/** Whether `state` says something that `than` did not. */
export function isNewer(state: PresenceState, than: PresenceState): boolean {
  return state.version > than.version && (state.isOnline !== than.isOnline || state.lastSeenAt !== than.lastSeenAt)
}

/** Everything about the viewer that decides what they see of these users. */
export function presenceScope(viewer: Viewer, userIds: readonly string[]): Scope {
  if (isStaff(viewer)) return { audience: 'staff' }
  return userIds.includes(viewer.userId) ? { user: viewer.userId } : { audience: 'customers' }
}

/** How many are connected. A connection that serves several users counts once. */
interface Counted {
  readonly connections: number
  /** Different users on them. */
  readonly users: number
}

/** How many are connected to all nodes together. */
export interface ConnectionStats extends Counted {
  /** `id`: another one after each start. `startedAt`: in milliseconds since 1970. */
  readonly nodes: readonly (Counted & { readonly id: string; readonly startedAt: number })[]
}

/** What memberships say about the connections of users. */
export function toConnectionStats({ members, nodes }: MembershipStats): ConnectionStats {
  const perNode = nodes.map(({ id, startedAt, held }) => {
    const { connections = 0, members: users = 0 } = held[ONLINE] ?? {}
    return { id, startedAt, connections, users }
  })
  const connections = perNode.reduce((sum, node) => sum + node.connections, 0)
  return { connections, users: members[ONLINE] ?? 0, nodes: perNode }
}
