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

/** Who is online. */
export interface Presence {
  /** Resolves once this node receives whom to disconnect. */
  readonly live: Promise<void>
  /**
   * A connection serves a user from now on. A connection may serve several; each is taken in once. Never rejects: when the
   * memberships are away, the user is taken in when they return.
   */
  enter(connection: Connection): Promise<void>
  /** The connection is gone. Resolves when nothing of it is left; never rejects. */
  leave(connectionId: string): Promise<void>
  /** On a connection, or gone for less than the grace. */
  isOnline(userId: string): Promise<boolean>
  /** Open connections of a user. Throws FORBIDDEN unless it is the viewer or the viewer is staff. */
  connectionCount(viewer: Viewer, userId: string): Promise<number>
  /** One state per id, in the order of the ids. */
  presenceOf(viewer: Viewer, userIds: readonly string[]): Promise<readonly PresenceState[]>
  totalConnections(): Promise<number>
  stats(): Promise<ConnectionStats>
  /** State: each user at once, then whoever comes online or goes offline. */
  follow(viewer: Viewer, userIds: readonly string[]): Promise<Description<PresenceState>>
  /**
   * Closes all connections of a user, on every node; returns how many there were. `reason` is told to the clients: one
   * line of at most 120 bytes.
   */
  disconnect(userId: string, reason: string | null | undefined): Promise<number>
  /** `disconnect` for any user id there ever was, with a reason of Herald's own. */
  endSessions(userId: string, reason: string): Promise<number>
  /** Forgets when the user was last seen. Who is online meanwhile leaves no new trace by going. */
  erase(tx: Tx, userId: string): Promise<void>
  /** Open connections of a user on this node. */
  localConnections(userId: string): number
  /** Different users on the connections of this node. */
  localUsers(): number
  /** Resolves when the memberships know of every connection that came or went. */
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

/** Shorter than this no grace is: going offline is stored before it is told, and told again when that fails. */
const MIN_GRACE_MS = 100

/** A WebSocket close frame has room for 123 bytes of text. */
const MAX_REASON_BYTES = 120
const DEFAULT_REASON = 'Session ended by the backend'

function requireReason(reason: string | null | undefined): string {
  return reason == null
    ? DEFAULT_REASON
    : requireBytes('reason', requireText('reason', reason, REASON), MAX_REASON_BYTES)
}

type Read = (viewer: Viewer, userIds: readonly string[]) => Promise<readonly PresenceState[]>

/** Reads the memberships first: who is offline there has been stored as last seen. */
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

/** Begins to watch who is online on this node and on the others. Close it to end, and the memberships behind it. */
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
