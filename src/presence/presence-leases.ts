/** How long a user stays online after the last connection has gone, in milliseconds, when nothing is configured. */
export const PRESENCE_GRACE_MS = 10_000

/** A user came online or went offline. */
export interface Transition {
  readonly userId: string
  readonly isOnline: boolean
  /** Open connections after it. */
  readonly connections: number
  /** When the first connection came, or the last one went: the grace is not counted. Milliseconds since 1970. */
  readonly at: number
  /** Of two transitions of a user the larger is newer. */
  readonly version: number
}

/** What the leases know of a user. */
export interface UserLease {
  /** On a connection, or gone for less than the grace, or going offline has not been told yet. */
  readonly isOnline: boolean
  readonly connections: number
  /** Of the transition that led here, or a later one when there is none: comparable with `Transition.version`. */
  readonly version: number
}

/** How many are connected. A connection that serves several users counts once. */
export interface NodeStats {
  /** Another one after each start. */
  readonly id: string
  readonly connections: number
  /** Different users on them. */
  readonly users: number
  /** When the node started, in milliseconds since 1970. */
  readonly startedAt: number
}

/** How many are connected to all nodes together. */
export interface ConnectionStats {
  readonly connections: number
  readonly users: number
  readonly nodes: readonly NodeStats[]
}

/** Stores and publishes transitions. Rejects when that failed; they are then handed over again later. */
export type Tell = (transitions: readonly Transition[]) => Promise<void>

/**
 * Who is connected, over all nodes. Each connection is a lease of its node, and each node holds a lease of its own, so that
 * the connections of a node that died vanish with it. Reads reject with SERVICE_UNAVAILABLE when the leases cannot be
 * reached: unknown is not offline.
 */
export interface PresenceLeases {
  /**
   * A connection of this node serves a user from now on. Resolves to the transition when the user comes online by it.
   * When it rejects, the connection is remembered and a later sweep takes it in.
   */
  enter(connectionId: string, userId: string): Promise<Transition | undefined>
  /** The connection no longer serves the user. When it rejects, a later sweep takes it out. */
  leave(connectionId: string, userId: string): Promise<void>
  /**
   * Renews the lease of this node and hands over the users who have gone offline, each to one node of all, and those whose
   * coming online `enter` could not report. Users count as online until `tell` has resolved, and are handed over again when
   * it rejects. Resolves to the milliseconds until the next sweep is due. One sweep at a time.
   */
  sweep(tell: Tell): Promise<number>
  /** What is known of each of these users; users who are offline are in it too. */
  lookUp(userIds: readonly string[]): Promise<ReadonlyMap<string, UserLease>>
  stats(): Promise<ConnectionStats>
  /** Gives the lease of this node back. Hands over the users whom no other node is left to watch. */
  close(tell: Tell): Promise<void>
}
