import type { Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counter.ts'
import { newEpoch } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { openPoller, type Poller } from '../lib/poller.ts'
import type {
  HowLeft,
  MemberConnection,
  Membership,
  MembershipChange,
  Memberships,
  RoomKind,
  Rooms,
} from './memberships.ts'

export interface MemoryMembershipsOptions {
  readonly clock: Clock
  readonly log: Log
}

/** The shortest time between two sweeps while no member is waiting to go, in milliseconds. */
const MIN_IDLE_MS = 100

/** A member in a room. */
interface Stay<Value> {
  readonly room: string
  readonly member: string
  readonly value: Value
  readonly connections: Set<string>
  readonly version: number
  /** When the last connection went, in milliseconds since 1970. */
  goneAt: number
  /** Whether `went` is being called for this stay. A member who comes back meanwhile begins a new stay. */
  isLeaving: boolean
}

/** The rooms of a kind on the only node. */
class MemoryRooms<Value> implements Rooms<Value> {
  readonly #kind: RoomKind<Value>
  readonly #clock: Clock
  readonly #nextVersion: (min: number) => number
  /** By room, then by member in the order they came. */
  readonly #rooms = new Map<string, Map<string, Stay<Value>>>()
  /** Stays without a connection, the longest gone first. */
  readonly #gone = new Set<Stay<Value>>()
  /** How many members each connection serves. */
  readonly #served = createCounts()

  constructor(kind: RoomKind<Value>, clock: Clock, nextVersion: (min: number) => number) {
    this.#kind = kind
    this.#clock = clock
    this.#nextVersion = nextVersion
  }

  /** How many members have a connection. */
  get members(): number {
    return this.#all().length - this.#gone.size
  }

  get connections(): number {
    return this.#served.size
  }

  async enter({ room, member, id, value }: MemberConnection<Value>): Promise<void> {
    const stays = this.#rooms.get(room) ?? new Map<string, Stay<Value>>()
    const stay = stays.get(member)
    if (stay?.connections.has(id)) return
    this.#served.add(id, 1)
    if (stay) this.#gone.delete(stay)
    if (stay && !stay.isLeaving) {
      stay.connections.add(id)
      return
    }
    const version = this.#nextVersion(1)
    const came = { room, member, value, connections: new Set([id]), version, goneAt: 0, isLeaving: false }
    // A member who comes again comes last.
    stays.delete(member)
    this.#rooms.set(room, stays.set(member, came))
    this.#kind.came(this.#change(came, this.#clock.now(), version))
  }

  async leave({ room, member, id }: Omit<MemberConnection<Value>, 'value'>, ending: HowLeft): Promise<void> {
    const stay = this.#rooms.get(room)?.get(member)
    if (!stay?.connections.delete(id)) return
    this.#served.add(id, -1)
    if (stay.connections.size > 0) return
    stay.goneAt = this.#clock.now()
    this.#gone.add(stay)
    if (ending === 'left' || this.#kind.graceMs === 0) await this.#depart([stay])
  }

  async named(room: string): Promise<readonly Value[]> {
    return this.#named(room)
  }

  async lookUp(room: string, members: readonly string[]): Promise<ReadonlyMap<string, Membership>> {
    const version = this.#nextVersion(0)
    const lookUp = (member: string): Membership => {
      const stay = this.#rooms.get(room)?.get(member)
      return {
        isMember: stay !== undefined,
        connections: stay?.connections.size ?? 0,
        version: stay?.version ?? version,
      }
    }
    return new Map(members.map((member) => [member, lookUp(member)]))
  }

  /** Calls `went` for members whose grace is over. Resolves to the milliseconds until the next sweep is due. */
  async sweep(): Promise<number> {
    const { graceMs } = this.#kind
    const now = this.#clock.now()
    const over: Stay<Value>[] = []
    for (const stay of this.#gone) {
      // A clock that was set back must not keep members for longer.
      if (now < stay.goneAt + graceMs && now >= stay.goneAt) break
      over.push(stay)
    }
    await this.#depart(over)
    const [next] = this.#gone
    return next ? Math.max(0, next.goneAt + graceMs - this.#clock.now()) : Math.max(graceMs, MIN_IDLE_MS)
  }

  close(): Promise<void> {
    const now = this.#clock.now()
    for (const stay of this.#all()) {
      if (!this.#gone.has(stay)) stay.goneAt = now
      this.#gone.add(stay)
    }
    return this.#depart([...this.#gone])
  }

  #all(): readonly Stay<Value>[] {
    return [...this.#rooms.values()].flatMap((stays) => [...stays.values()])
  }

  #change({ room, member, value, connections }: Stay<Value>, at: number, version: number): MembershipChange<Value> {
    return { room, member, value, connections: connections.size, at, version, named: this.#named(room) }
  }

  #named(room: string): readonly Value[] {
    const { naming } = this.#kind
    const named: Value[] = []
    if (!naming) return named
    const left = new Map(naming.groups.map((group) => [group, naming.max]))
    for (const { value, isLeaving } of this.#rooms.get(room)?.values() ?? []) {
      const group = naming.groupOf(value)
      const places = left.get(group) ?? 0
      if (isLeaving || places === 0) continue
      named.push(value)
      if (places > 1) left.set(group, places - 1)
      else left.delete(group)
      if (left.size === 0) break
    }
    return named
  }

  /** Calls `went` for these members, and removes them when it has resolved. Those who came back meanwhile stay. */
  async #depart(all: readonly Stay<Value>[]): Promise<void> {
    const leaving = all.filter(({ isLeaving }) => !isLeaving)
    if (leaving.length === 0) return
    for (const stay of leaving) stay.isLeaving = true
    try {
      await this.#kind.went(leaving.map((stay) => this.#change(stay, stay.goneAt, this.#nextVersion(1))))
    } catch (error) {
      for (const stay of leaving) stay.isLeaving = false
      throw error
    }
    for (const stay of leaving) {
      this.#gone.delete(stay)
      const stays = this.#rooms.get(stay.room)
      if (stays?.get(stay.member) !== stay) continue
      stays.delete(stay.member)
      if (stays.size === 0) this.#rooms.delete(stay.room)
    }
  }
}

/** Memberships for a single node, in its memory. They end with the process. */
export function openMemoryMemberships({ clock, log }: MemoryMembershipsOptions): Memberships {
  const node = { id: newEpoch(), startedAt: clock.now() }
  const kinds = new Map<string, MemoryRooms<unknown>>()
  const sweeping: Poller[] = []
  let version = 0
  const nextVersion = (min: number): number => {
    version = Math.max(version + min, clock.now())
    return version
  }

  return {
    open: (kind) => {
      const rooms = new MemoryRooms(kind, clock, nextVersion)
      kinds.set(kind.name, rooms as MemoryRooms<unknown>)
      const onFailure = (err: unknown): void => log.warn({ err }, `could not tell who went: ${kind.name}`)
      sweeping.push(openPoller({ clock, poll: () => rooms.sweep(), onFailure }))
      return rooms
    },
    stats: async () => {
      const held = [...kinds].map(([name, { connections, members }]) => [name, { connections, members }] as const)
      const members = Object.fromEntries(held.map(([name, counts]) => [name, counts.members]))
      return { members, nodes: [{ ...node, held: Object.fromEntries(held) }] }
    },
    sweep: async () => Math.min(...(await Promise.all([...kinds.values()].map((rooms) => rooms.sweep())))),
    close: async () => {
      await Promise.all(sweeping.map((poller) => poller.close()))
      await Promise.all([...kinds.values()].map((rooms) => rooms.close()))
    },
  }
}
