import { createCounts } from '../lib/counts.ts'
import type { HeldCounts, HowLeft, MemberConnection } from './memberships.ts'

/** A member for whom this node holds connections, or held some of which the shared memberships may not know yet that they are gone. */
export interface HeldMember {
  readonly kind: string
  readonly room: string
  readonly member: string
  readonly value: unknown
  /** The ids of the connections. An array, since there are few of them; made by `concat`, it keeps no room for more. */
  connections: readonly string[]
  /** How the last connection ended, where none is left. */
  ending: HowLeft
  /** It must be told that the member came, because that may have been lost. */
  mustReport: boolean
}

/**
 * The members for whom this node holds connections, and which of them the shared memberships may not know: the unsettled ones. What
 * is told of a member is how many connections there are now, so only the last that is told counts.
 */
export class HeldMembers {
  readonly #rooms = new Map<string, Map<string, HeldMember>>()
  readonly #unsettled = new Set<HeldMember>()
  /** By kind: how many members each connection serves, and how many members have a connection. */
  readonly #served = new Map<string, ReturnType<typeof createCounts>>()
  readonly #members = createCounts()

  /** The member of a connection that begins; undefined when it was there already. */
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

  /** The member of a connection that ends; undefined when it was not there. */
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

  counts(kind: string): HeldCounts {
    return { connections: this.#servedOf(kind).size, members: this.#members.of(kind) }
  }

  unsettled(): readonly HeldMember[] {
    return [...this.#unsettled]
  }

  /** What is known here of these members is being told. */
  settle(all: readonly HeldMember[]): void {
    for (const held of all) {
      this.#unsettled.delete(held)
      held.mustReport = false
    }
  }

  /** These were told; those who have no connection need not be remembered. */
  settled(all: readonly HeldMember[]): void {
    for (const held of all) {
      const members = this.#rooms.get(`${held.kind}:${held.room}`)
      if (held.connections.length > 0 || this.#unsettled.has(held)) continue
      members?.delete(held.member)
      if (members?.size === 0) this.#rooms.delete(`${held.kind}:${held.room}`)
    }
  }

  /** Telling of a member failed. `mustReport`: the member came by it, perhaps. */
  unsettle(held: HeldMember, mustReport: boolean): void {
    held.mustReport ||= mustReport
    this.#unsettled.add(held)
  }

  /** What this node told may be forgotten: all members are to be told again. */
  unsettleAll(): void {
    for (const members of this.#rooms.values()) for (const held of members.values()) this.#unsettled.add(held)
  }

  /** All connections are lost. */
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
