import type { Actor } from '../auth/viewer.ts'
import type { Cancel } from '../lib/clock.ts'

/** One subscription of somebody in a room. */
export interface Visit {
  readonly room: string
  readonly user: Actor
  /** Tells one subscription from every other in the cluster; a user may have many. */
  readonly id: string
}

/** How long somebody stays in a ticket after their last connection has gone, in milliseconds, when nothing is configured. */
export const TICKET_GRACE_MS = 5_000

/** Why a visit ends: whoever wants to go leaves at once, whose connection is gone may come right back. */
export type Ending = 'left' | 'lost'

/** Somebody came on their first device, or left on their last. */
export interface RoomChange {
  readonly room: string
  readonly change: 'JOINED' | 'LEFT'
  readonly user: Actor
  /** Of two changes the larger is newer, on whichever nodes they were heard. */
  readonly version: number
  /** Who is there after the change, as `TicketRooms.visitors` names them. */
  readonly visitors: readonly Actor[]
}

/**
 * Who is in which room of the cluster, as leases: what a node that died was keeping ends by itself. Each method rejects with
 * SERVICE_UNAVAILABLE when that cannot be known.
 */
export interface TicketRooms {
  /** Counts a visit in. Resolves once `visitors` knows it. Joining again with the same visit changes nothing. */
  join(visit: Visit): Promise<void>
  /**
   * Counts a visit out. One that is not there changes nothing. With the last visit its user leaves, at once or when nobody has
   * come back within the grace that the rooms were made with; until then they count as there.
   */
  leave(visit: Visit, ending: Ending): Promise<void>
  /**
   * Who is there, each once, in the order they came: of the customers and of the staff as many as came first, up to the limit
   * that the rooms were made with, so that coming costs the same however many are there.
   */
  visitors(room: string): Promise<readonly Actor[]>
  /** Hears every change of the cluster exactly once, on one of its nodes: the one that must tell the others. */
  onChange(listener: (change: RoomChange) => void): Cancel
}
