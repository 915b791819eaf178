import type { Actor } from '../auth/viewer.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { RoomChange, TicketRooms } from './ticket-rooms.ts'

export interface MemoryRoomsOptions {
  /** How many customers and how many of the staff are named. */
  readonly max: number
  readonly clock: Clock
  /** Milliseconds that somebody stays after their last connection has gone. */
  readonly graceMs: number
}

/** A user in a room. */
interface Stay {
  user: Actor
  /** The visits of the user by their ids; none in the grace. */
  readonly visits: Map<string, Actor>
  /** Ends the grace. */
  cancelGrace: Cancel
}

/** The first `max` customers and the first `max` of the staff, in the order they came. */
const firstOf = (stays: Iterable<Stay>, max: number): readonly Actor[] => {
  const named: Actor[] = []
  const left = { customers: max, staff: max }
  for (const { user } of stays) {
    const kind = user.role === 'CUSTOMER' ? 'customers' : 'staff'
    if (left[kind]-- > 0) named.push(user)
    if (left.customers <= 0 && left.staff <= 0) break
  }
  return named
}

/** The rooms of a single node: they end with the process, and so do all who are in them. */
export const createMemoryTicketRooms = ({ max, clock, graceMs }: MemoryRoomsOptions): TicketRooms => {
  const rooms = new Map<string, Map<string, Stay>>()
  const listeners = new Set<(change: RoomChange) => void>()

  const visitorsOf = (room: string): readonly Actor[] => firstOf(rooms.get(room)?.values() ?? [], max)

  let version = 0
  const tell = (change: Omit<RoomChange, 'visitors' | 'version'>): void => {
    // Larger than what a process before this one has told.
    version = Math.max(version + 1, clock.now())
    const visitors = visitorsOf(change.room)
    for (const listener of listeners) listener({ ...change, version, visitors })
  }

  const depart = (room: string, { user }: Stay): void => {
    const stays = rooms.get(room)
    stays?.delete(user.id)
    if (stays?.size === 0) rooms.delete(room)
    tell({ room, change: 'LEFT', user })
  }

  return {
    join: async ({ room, user, id }) => {
      const stays = rooms.get(room) ?? new Map<string, Stay>()
      rooms.set(room, stays)
      const stay = stays.get(user.id)
      if (stay) {
        stay.cancelGrace()
        stay.visits.set(id, user)
        stay.user = stay.visits.values().next().value ?? user
      } else {
        stays.set(user.id, { user, visits: new Map([[id, user]]), cancelGrace: () => {} })
        tell({ room, change: 'JOINED', user })
      }
    },
    leave: async ({ room, user, id }, ending) => {
      const stay = rooms.get(room)?.get(user.id)
      if (!stay?.visits.delete(id)) return
      if (stay.visits.size > 0) stay.user = stay.visits.values().next().value ?? user
      else if (ending === 'left' || graceMs === 0) depart(room, stay)
      else stay.cancelGrace = clock.after(graceMs, () => depart(room, stay))
    },
    visitors: async (room) => visitorsOf(room),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
