/**
 * Why a connection is no longer in a room. `left`: its user wanted to leave. `lost`: the connection ended, and its user may come right
 * back.
 */
export type HowLeft = 'left' | 'lost'

/** One connection that is in a room for a member. */
export interface MemberConnection<Value> {
  readonly room: string
  /** The id of the member, such as a user id. A member can have many connections. */
  readonly member: string
  /** The id of the connection, which no other connection of this node has. */
  readonly id: string
  /** Data about the member for others in the room; it must be JSON. The value of the connection by which the member came counts. */
  readonly value: Value
}

/** A change of a room: a member came by their first connection, or went after their last one. */
export interface MembershipChange<Value> {
  readonly room: string
  readonly member: string
  readonly value: Value
  /** How many connections the member has after the change. */
  readonly connections: number
  /** When the first connection came, or the last one went, in milliseconds since 1970. The grace is not included. */
  readonly at: number
  /** Of two changes the one with the larger version is newer, on whichever nodes they were received. */
  readonly version: number
  /** The members that `Rooms.named` names after the change. */
  readonly named: readonly Value[]
}

/** Names the first members of a room, up to `max` of each group. Example: the first 50 customers and the first 50 of the staff. */
export interface Naming<Value> {
  /** How many members of each group are named. So a change costs the same however many members there are. */
  readonly max: number
  readonly groups: readonly string[]
  groupOf(value: Value): string
}

/** A kind of rooms. Examples: `online` has one room for all users, and `ticket` has a room for each ticket. */
export interface RoomKind<Value> {
  /** The unique name of the kind, without colons. It must be the same on all nodes. */
  readonly name: string
  /** Milliseconds that a member stays after the last connection was lost. With 0, a member goes at once. */
  readonly graceMs: number
  /** Which members changes and `Rooms.named` name. Left out: none. */
  readonly naming?: Naming<Value>
  /**
   * Called on one node of all when a member has come; that node publishes it. After a failure it can be called again, with a newer version.
   */
  came(change: MembershipChange<Value>): void
  /**
   * Called on one node of all when members have gone; that node publishes it. Members whose grace is over stay members until it resolves.
   * When it rejects, they are handed over again, to this or another node.
   */
  went(changes: readonly MembershipChange<Value>[]): Promise<void>
}

/** Whether a user is in a room, and with how many connections. */
export interface Membership {
  /** True with a connection, and also when the last one has gone but the grace is not over, or the going is not published yet. */
  readonly isMember: boolean
  /** How many connections the member has on all nodes. */
  readonly connections: number
  /**
   * The version of the last change of this membership, or a later number when there is none. Comparable with `MembershipChange.version`.
   */
  readonly version: number
}

/**
 * The rooms of one kind. Each method rejects with SERVICE_UNAVAILABLE while Redis cannot be reached, rather than saying that nobody is
 * there.
 */
export interface Rooms<Value> {
  /**
   * Adds a connection; adding it again does nothing. Resolves when all nodes can see it. `came` has been called by then if the member came
   * by it. When it rejects, the connection is remembered, and a later sweep adds it.
   */
  enter(connection: MemberConnection<Value>): Promise<void>
  /** Removes a connection; one that is not there changes nothing. When it rejects, a later sweep removes it. */
  leave(connection: Omit<MemberConnection<Value>, 'value'>, ending: HowLeft): Promise<void>
  /** The values of the first members of each group, as the kind's `naming` says, in the order in which they came. */
  named(room: string): Promise<readonly Value[]>
  /** The membership of each of these ids. Ids that are not in the room have an entry, too, with `isMember` false. */
  lookUp(room: string, members: readonly string[]): Promise<ReadonlyMap<string, Membership>>
}

/** How many connections and members of one kind a node holds. */
export interface HeldCounts {
  /** How many connections. One that serves several members counts once. */
  readonly connections: number
  /** How many different members these connections serve. */
  readonly members: number
}

/** Counts of memberships over all nodes. */
export interface MembershipStats {
  /** How many members have a connection, by the name of the kind. */
  readonly members: Readonly<Record<string, number>>
  /**
   * The live nodes. `id` is another one after each start. `startedAt` is in milliseconds since 1970. `held` has counts by the name of the
   * kind.
   */
  readonly nodes: readonly {
    readonly id: string
    readonly startedAt: number
    readonly held: Readonly<Record<string, HeldCounts>>
  }[]
}

/**
 * Knows the members of rooms, over all nodes. A member is in a room while some node holds a connection for them. A node renews one lease,
 * and its connections end with the lease. So no member stays because their node has died.
 */
export interface Memberships {
  /** Opens the rooms of a kind on this node. Call it once for each kind. From then on, `came` and `went` of the kind are called. */
  open<Value>(kind: RoomKind<Value>): Rooms<Value>
  /** Counts over all nodes. Rejects with SERVICE_UNAVAILABLE while Redis cannot be reached. */
  stats(): Promise<MembershipStats>
  /**
   * Renews the lease of this node, writes unsettled members, and calls `went` for members whose grace is over. It runs by itself when it is
   * due. Resolves to the milliseconds until it is due again.
   */
  sweep(): Promise<number>
  /**
   * Removes all connections of this node. On the last node, `went` is called for every member, because no other node is left to do that.
   */
  close(): Promise<void>
}
