import { z } from 'zod'
import { isStaff, type Viewer } from '../auth/viewer.ts'
import { type Topic, topic } from '../bus/bus.ts'

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

/** Where a user's coming online and going offline is told. */
export const presenceTopic = (userId: string): Topic<PresenceEvent> => topic(`presence:${userId}`, presenceEventSchema)

/** Connection counts and last seen times are for the user itself, staff and backends. */
export const canSeeDetails = (viewer: Viewer, userId: string): boolean => viewer.userId === userId || isStaff(viewer)

/** What `event` says to this viewer. */
export const stateFor = (viewer: Viewer, event: PresenceEvent): PresenceState =>
  canSeeDetails(viewer, event.userId) ? event : { ...event, connectionCount: null, lastSeenAt: null }

/** Whether `state` says something that `than` did not. */
export const isNewer = (state: PresenceState, than: PresenceState): boolean =>
  state.version > than.version && (state.isOnline !== than.isOnline || state.lastSeenAt !== than.lastSeenAt)

/** Everything about the viewer that decides what they see of these users. */
export const presenceScope = (viewer: Viewer, userIds: readonly string[]): string => {
  if (isStaff(viewer)) return 'staff'
  return userIds.includes(viewer.userId) ? `user:${viewer.userId}` : 'customers'
}
