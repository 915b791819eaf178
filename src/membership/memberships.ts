/** Why a connection is in a room no longer: its user wanted to leave, or it was lost, and its user may come right back. */
export type HowLeft = 'left' | 'lost'

/** One connection that is in a room for a member. */
export interface MemberConnection<Value> {
  readonly room: string
  /** Whom it is there for, such as a user; a member can have many connections. */
  readonly member: string
  /** Tells it from every other connection of this node. */
  readonly id: string
  /** What others are told of the member, as JSON can carry it. That of the connection by which the member came counts. */
  readonly value: Value
}

/** A member came by their first connection, or went after their last one. */
export interface MembershipChange<Value> {
  readonly room: string
  readonly member: string
  readonly value: Value
  /** Open connections of the member after it. */
  readonly connections: number
  /** When the first connection came, or the last one went: the grace is not counted. Milliseconds since 1970. */
  readonly at: number
  /** Of two changes the larger is newer, on whichever nodes they were received. */
  readonly version: number
  /** Who is in the room after it, as `Rooms.named` says. */
  readonly named: readonly Value[]
}

/** Which members of a room are named: those who came first. So coming costs the same however many are there. */
export interface Naming<Value> {
  /** How many of each group. */
  readonly max: number
  readonly groups: readonly string[]
  groupOf(value: Value): string
}

/** What rooms are for, such as `online` with one room for all users, or `ticket` with a room for each ticket. */
export interface RoomKind<Value> {
  /** The same on all nodes, and of no other kind. Without colons. */
  readonly name: string
  /** Milliseconds that a member stays after the last connection was lost. With 0, losing it is leaving. */
  readonly graceMs: number
  /** Nobody is named when left out. */
  readonly naming?: Naming<Value>
  /** Called on one node for each coming in the cluster; that node publishes it. After a failure it can be called again, as a newer one. */
  came(change: MembershipChange<Value>): void
  /**
   * Called on one node for each going in the cluster; that node publishes it. Members whose grace is over are members until it has
   * resolved, and are handed over again, to any node, when it rejects.
   */
  went(changes: readonly MembershipChange<Value>[]): Promise<void>
}

/** What is known of somebody in a room. */
export interface Membership {
  /** On a connection, or gone for less than the grace, or going has not been told yet. */
  readonly isMember: boolean
  readonly connections: number
  /** Of the change that led here, or a later one when there is none: comparable with `MembershipChange.version`. */
  readonly version: number
}

/** The rooms of one kind. Each method rejects with SERVICE_UNAVAILABLE while the others cannot be reached: unknown is not absent. */
export interface Rooms<Value> {
  /**
   * Counts a connection in; once is enough. Resolves when it is known, and `came` was called if its member came by it. When it rejects,
   * it is remembered, and a later sweep takes it in.
   */
  enter(connection: MemberConnection<Value>): Promise<void>
  /** Counts a connection out; one that is not there changes nothing. When it rejects, a later sweep takes it out. */
  leave(connection: Omit<MemberConnection<Value>, 'value'>, ending: HowLeft): Promise<void>
  /** The members whom the kind names, in the order they came: the first ones of each group. */
  named(room: string): Promise<readonly Value[]>
  /** What is known of each of these members; those who are not there are in it too. */
  lookUp(room: string, members: readonly string[]): Promise<ReadonlyMap<string, Membership>>
}

/** What a node holds of a kind. */
export interface HeldCounts {
  /** A connection that serves several members counts once. */
  readonly connections: number
  /** Different members on them. */
  readonly members: number
}

/** What all nodes hold together. */
export interface MembershipStats {
  /** Members with a connection, by the name of the kind. */
  readonly members: Readonly<Record<string, number>>
  /** `id`: another one after each start. `startedAt`: in milliseconds since 1970. `held`: what the node holds, by the name of the kind. */
  readonly nodes: readonly {
    readonly id: string
    readonly startedAt: number
    readonly held: Readonly<Record<string, HeldCounts>>
  }[]
}

/**
 * Who is in something, over all nodes. A member is in a room while some node holds a connection for them. A node renews one lease, and
 * what it held ends with the lease: so nobody stays because their node died.
 */
export interface Memberships {
  /** Opens the rooms of a kind on this node, once. Its changes are told from now on. */
  open<Value>(kind: RoomKind<Value>): Rooms<Value>
  stats(): Promise<MembershipStats>
  /**
   * Renews the lease, says what is not known yet, and tells who has gone. Runs by itself when it is due; one at a time. Resolves to the
   * milliseconds until it is due again.
   */
  sweep(): Promise<number>
  /** Lets go of all that this node holds. The last node tells that everybody went, because no other is left to do it. */
  close(): Promise<void>
}
