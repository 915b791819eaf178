import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import type { Description } from '../delivery/description.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { requireBytes, requireText, requireTexts } from '../lib/input.ts'
import type { Limits } from '../lib/limits.ts'
import type { Log } from '../lib/log.ts'
import { REASON, USER_ID } from '../lib/values.ts'
import type { Memberships } from '../membership/memberships.ts'
import type { Storage, Tx } from '../storage/storage.ts'
import { readLastSeen } from './last-seen.ts'
import type { Connection } from './node-connections.ts'
import {
  type ConnectionStats,
  canSeeDetails,
  isNewer,
  ONLINE,
  type PresenceEvent,
  type PresenceState,
  presenceScope,
  presenceTopic,
  stateFor,
  toConnectionStats,
} from './presence-state.ts'
import { createPublishPresence } from './publish-presence.ts'
import { createUserSessions, type OnlineRooms } from './sessions.ts'

/** Knows which users are online, over all nodes. Queries reject with SERVICE_UNAVAILABLE while Redis cannot be reached. */
export interface Presence {
  /** Resolves once this node receives which users to disconnect. */
  readonly live: Promise<void>
  /**
   * Adds a connection for a user. One connection may serve several users; adding it again for one of them does nothing. Never rejects:
   * while Redis is away, the user is added when it returns.
   */
  enter(connection: Connection): Promise<void>
  /** Removes a connection, for all users that it serves. Resolves when memberships know, or will get to know. Never rejects. */
  leave(connectionId: string): Promise<void>
  /** Whether a user is online: has a connection on any node, or lost the last one less than the grace ago. */
  isOnline(userId: string): Promise<boolean>
  /** Which of these users are online. Rejects while that is not known, such as when Redis is away. */
  areOnline(userIds: readonly string[]): Promise<ReadonlySet<string>>
  /** How many connections a user has, on all nodes. Throws FORBIDDEN unless the viewer is this user or staff. */
  connectionCount(viewer: Viewer, userId: string): Promise<number>
  /** The states of users as the viewer may see them, one for each id, in the order of the ids. */
  presenceOf(viewer: Viewer, userIds: readonly string[]): Promise<readonly PresenceState[]>
  /** How many connections all users have on all nodes. */
  totalConnections(): Promise<number>
  /** Counts of connections and users, in total and for each node. */
  stats(): Promise<ConnectionStats>
  /** Describes a state subscription: first the state of each user, then each change when a user comes online or goes offline. */
  follow(viewer: Viewer, userIds: readonly string[]): Promise<Description<PresenceState>>
  /**
   * Closes all connections of a user, on every node. Resolves to how many there were. `reason` is sent to the clients: one line of at most
   * 120 bytes.
   */
  disconnect(userId: string, reason: string | null | undefined): Promise<number>
  /** `disconnect` without checks: for any user id that an earlier version accepted, with a reason of Herald's own. */
  endSessions(userId: string, reason: string): Promise<number>
  /** Deletes when a user was last seen. When the user is online meanwhile, going offline stores nothing. */
  erase(tx: Tx, userId: string): Promise<void>
  /** How many connections a user has on this node. */
  localConnections(userId: string): number
  /** How many different users the connections of this node serve. */
  localUsers(): number
  /** Stops listening. Resolves when every connection that came or went was handed to the memberships. */
  close(): Promise<void>
}

export interface PresenceDeps {
  readonly storage: Storage
  readonly bus: Bus
  readonly clock: Clock
  readonly log: Log
  readonly limits: Limits
  readonly memberships: Memberships
  /** Milliseconds that a user stays online after the last connection has gone. */
  readonly graceMs: number
}

/** The shortest grace. Without one, a member would be gone even when storing the last seen time fails; with one, that is tried again. */
const MIN_GRACE_MS = 100

/** The most bytes of a reason. A WebSocket close frame has room for 123 bytes of text. */
const MAX_REASON_BYTES = 120
const DEFAULT_REASON = 'Session ended by the backend'

function requireReason(reason: string | null | undefined): string {
  return reason == null
    ? DEFAULT_REASON
    : requireBytes('reason', requireText('reason', reason, REASON), MAX_REASON_BYTES)
}

type Read = (viewer: Viewer, userIds: readonly string[]) => Promise<readonly PresenceState[]>

/** Reads the states of users. It reads memberships first: a user who is offline there has a stored last seen time. */
function createRead(rooms: OnlineRooms, storage: Storage): Read {
  return async (viewer, userIds) => {
    const found = await rooms.lookUp(ONLINE, userIds)
    const asked = userIds.filter((userId) => !found.get(userId)?.isMember && canSeeDetails(viewer, userId))
    const seen = asked.length > 0 ? await storage.readOne((db) => readLastSeen(db, asked)) : new Map<string, number>()
    return userIds.map((userId) => {
      const { isMember: isOnline = false, connections = 0, version = 0 } = found.get(userId) ?? {}
      const lastSeenAt = seen.get(userId) ?? null
      return stateFor(viewer, { userId, isOnline, connectionCount: connections, lastSeenAt, version })
    })
  }
}

/** The presence of a node. Close it when it ends, and then the memberships. */
export function createPresence({ memberships, graceMs, ...deps }: PresenceDeps): Presence {
  const { storage, bus, log, limits } = deps
  const publish = createPublishPresence(deps)
  const { came, went } = publish
  const rooms = memberships.open({ name: ONLINE, graceMs: Math.max(graceMs, MIN_GRACE_MS), came, went })
  const sessions = createUserSessions({ bus, log, rooms })
  const read = createRead(rooms, storage)

  const membershipOf = async (userId: string) =>
    (await rooms.lookUp(ONLINE, [requireText('userId', userId, USER_ID)])).get(userId)

  const stats = async (): Promise<ConnectionStats> => toConnectionStats(await memberships.stats())

  return {
    live: sessions.live,
    enter: sessions.enter,
    leave: sessions.leave,
    disconnect: async (userId, reason) =>
      sessions.disconnect(requireText('userId', userId, USER_ID), requireReason(reason)),
    endSessions: sessions.disconnect,
    localConnections: sessions.count,
    localUsers: sessions.users,
    isOnline: async (userId) => (await membershipOf(userId))?.isMember ?? false,
    areOnline: async (userIds) => {
      const found = await rooms.lookUp(ONLINE, userIds)
      return new Set(userIds.filter((userId) => found.get(userId)?.isMember))
    },
    connectionCount: async (viewer, userId) => {
      if (!canSeeDetails(viewer, userId)) {
        throw new AppError('FORBIDDEN', 'Connection counts are for the user itself and for staff.')
      }
      return (await membershipOf(userId))?.connections ?? 0
    },
    presenceOf: async (viewer, userIds) => {
      const states = await read(viewer, requireTexts('userIds', userIds, limits.presenceIds, USER_ID))
      const byId = new Map(states.map((state) => [state.userId, state]))
      return userIds.flatMap((userId) => byId.get(userId) ?? [])
    },
    totalConnections: async () => (await stats()).connections,
    stats,
    follow: async (viewer, userIds) => {
      const ids = requireTexts('userIds', userIds, limits.presenceIds, USER_ID)
      return {
        kind: 'state',
        source: `presence:${JSON.stringify(ids)}`,
        scope: presenceScope(viewer, ids),
        topics: ids.map(presenceTopic),
        load: async () => (await read(viewer, ids)).map((value) => ({ key: value.userId, value })),
        take: (event: PresenceEvent) => [{ key: event.userId, value: stateFor(viewer, event) }],
        isNewer,
      }
    },
    erase: publish.erase,
    close: sessions.close,
  }
}
