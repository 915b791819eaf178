import { createCounts } from '../lib/counter.ts'
import type { HeldCounts, HowLeft, MemberConnection } from './memberships.ts'

/**
 * A member for whom this node holds connections. Also one for whom it held some until now, when Redis may not know yet that they are gone.
 */
export interface HeldMember {
  readonly kind: string
  readonly room: string
  readonly member: string
  readonly value: unknown
  /** The ids of the connections. An array made by `concat` takes the least memory, since most members have one or two. */
  connections: readonly string[]
  /** How the last connection ended. Only meaningful while `connections` is empty. */
  ending: HowLeft
  /** Whether the member's coming must be published even if Redis knows the member, because the first publishing may have been lost. */
  mustReport: boolean
}

/**
 * The members for whom this node holds connections. Those whose present number of connections may not be in Redis are called unsettled.
 * Each write to Redis says how many connections a member has now, so only the last write counts.
 */
export class HeldMembers {
  readonly #rooms = new Map<string, Map<string, HeldMember>>()
  readonly #unsettled = new Set<HeldMember>()
  /** By kind of room: how many members each connection serves. */
  readonly #served = new Map<string, ReturnType<typeof createCounts>>()
  /** By kind of room: how many members have a connection. */
  readonly #members = createCounts()

  /** Adds a connection, and returns its member. Undefined when the connection was there already. */
  enter(kind: string, { room, member, id, value }: MemberConnection<unknown>): HeldMember | undefined {
    const members = this.#rooms.get(`${kind}:${room}`) ?? new Map<string, HeldMember>()
    const known = members.get(member)
    if (known?.connections.includes(id)) return undefined
    const held = known ?? { kind, room, member, value, connections: [], ending: 'lost', mustReport: false }
    if (held.connections.length === 0) this.#members.add(kind, 1)
    held.connections = held.connections.concat(id)
    this.#servedOf(kind).add(id, 1)
    this.#rooms.set(`${kind}:${room}`, members.set(member, held))
    return held
  }

  /** Removes a connection, and returns its member. Undefined when the connection was not there. */
  leave(
    kind: string,
    { room, member, id }: Omit<MemberConnection<unknown>, 'value'>,
    ending: HowLeft,
  ): HeldMember | undefined {
    const held = this.#rooms.get(`${kind}:${room}`)?.get(member)
    if (!held?.connections.includes(id)) return undefined
    held.connections = held.connections.filter((other) => other !== id)
    held.ending = ending
    if (held.connections.length === 0) this.#members.add(kind, -1)
    this.#servedOf(kind).add(id, -1)
    return held
  }

  /** How many connections and members of a kind of room this node holds. */
  counts(kind: string): HeldCounts {
    return { connections: this.#servedOf(kind).size, members: this.#members.of(kind) }
  }

  /** The members whose present state may not be in Redis. */
  unsettled(): readonly HeldMember[] {
    return [...this.#unsettled]
  }

  /** Call it when the present state of these members is about to be written to Redis. They count as settled, unless `unsettle` follows. */
  settle(all: readonly HeldMember[]): void {
    for (const held of all) {
      this.#unsettled.delete(held)
      held.mustReport = false
    }
  }

  /** Call it when these members were written to Redis: those without a connection are forgotten. */
  settled(all: readonly HeldMember[]): void {
    for (const held of all) {
      const members = this.#rooms.get(`${held.kind}:${held.room}`)
      if (held.connections.length > 0 || this.#unsettled.has(held)) continue
      members?.delete(held.member)
      if (members?.size === 0) this.#rooms.delete(`${held.kind}:${held.room}`)
    }
  }

  /**
   * Call it when writing a member to Redis failed. `mustReport`: the member may have come by this write, so its coming must be published.
   */
  unsettle(held: HeldMember, mustReport: boolean): void {
    held.mustReport ||= mustReport
    this.#unsettled.add(held)
  }

  /** Call it when Redis may have forgotten the writes of this node: all members are unsettled then. */
  unsettleAll(): void {
    for (const members of this.#rooms.values()) for (const held of members.values()) this.#unsettled.add(held)
  }

  /** Removes all connections, as lost. All members are unsettled then. */
  clear(): void {
    this.unsettleAll()
    for (const held of this.#unsettled) Object.assign(held, { connections: [], ending: 'lost' })
    this.#served.clear()
    this.#members.clear()
  }

  #servedOf(kind: string): ReturnType<typeof createCounts> {
    const served = this.#served.get(kind) ?? createCounts()
    this.#served.set(kind, served)
    return served
  }
}
