import { z } from 'zod'
import { isStaff, type Viewer } from '../auth/viewer.ts'
import { type Topic, topic } from '../bus/bus.ts'
import type { Scope } from '../delivery/description.ts'
import type { MembershipStats } from '../membership/memberships.ts'

/** The name of the kind of room for users who are online, and of the only room of that kind. */
export const ONLINE = 'online'

/** The presence of a user as it is published to all nodes. */
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
  /** How many connections the user has. Null unless the viewer is this user or staff. */
  readonly connectionCount: number | null
  /** Milliseconds since 1970. Null while the user is online, if they were never seen, or when the viewer is neither this user nor staff. */
  readonly lastSeenAt: number | null
  /** Of two states of one user, the one with the larger version is newer. */
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
 * The topic on which a user's coming online and going offline is published. Its name is not `presence:<id>`, because nodes of an earlier
 * version publish on that, and they do not know of the users of this version.
 */
export function presenceTopic(userId: string): Topic<PresenceEvent> {
  return topic(`online:${userId}`, presenceEventSchema)
}

/** Whether a viewer may see the connection count and the last seen time of a user: the user itself, staff and backends may. */
export function canSeeDetails(viewer: Viewer, userId: string): boolean {
  return viewer.userId === userId || isStaff(viewer)
}

/** The state that a viewer may see of a presence event: without details when `canSeeDetails` is false. */
export function stateFor(viewer: Viewer, event: PresenceEvent): PresenceState {
  return canSeeDetails(viewer, event.userId) ? event : { ...event, connectionCount: null, lastSeenAt: null }
}

/** Whether `state` is newer than `than`, and differs in what is sent for it: online or not, or when last seen. */
export function isNewer(state: PresenceState, than: PresenceState): boolean {
  return state.version > than.version && (state.isOnline !== than.isOnline || state.lastSeenAt !== than.lastSeenAt)
}

/** The scope of a viewer who follows these users: all viewers with the same scope see the same of them. */
export function presenceScope(viewer: Viewer, userIds: readonly string[]): Scope {
  if (isStaff(viewer)) return { audience: 'staff' }
  return userIds.includes(viewer.userId) ? { user: viewer.userId } : { audience: 'customers' }
}

/** Counts of connections and users. */
interface Counted {
  /** How many connections. One that serves several users counts once. */
  readonly connections: number
  /** How many different users these connections serve. */
  readonly users: number
}

/** Counts of connections and users over all nodes, and for each node. */
export interface ConnectionStats extends Counted {
  /** The live nodes. `id` is another one after each start. `startedAt` is in milliseconds since 1970. */
  readonly nodes: readonly (Counted & { readonly id: string; readonly startedAt: number })[]
}

/** The connection stats for users who are online, from the stats of all memberships. */
export function toConnectionStats({ members, nodes }: MembershipStats): ConnectionStats {
  const perNode = nodes.map(({ id, startedAt, held }) => {
    const { connections = 0, members: users = 0 } = held[ONLINE] ?? {}
    return { id, startedAt, connections, users }
  })
  const connections = perNode.reduce((sum, node) => sum + node.connections, 0)
  return { connections, users: members[ONLINE] ?? 0, nodes: perNode }
}
