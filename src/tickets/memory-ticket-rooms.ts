import type { Actor } from '../auth/viewer.ts'
import type { RoomChange, TicketRooms } from './ticket-rooms.ts'

/** The visits of a user by their ids. */
type Visits = Map<string, Actor>

/** The first `max` customers and the first `max` of the staff, in the order they came. */
const firstOf = (users: Iterable<Visits>, max: number): readonly Actor[] => {
  const named: Actor[] = []
  const left = { customers: max, staff: max }
  for (const visits of users) {
    const [user] = visits.values()
    const kind = user?.role === 'CUSTOMER' ? 'customers' : 'staff'
    if (user && left[kind]-- > 0) named.push(user)
    if (left.customers <= 0 && left.staff <= 0) break
  }
  return named
}

/**
 * The rooms of a single node: they end with the process, and so do all who are in them. `max`: how many customers and how many
 * of the staff are named.
 */
export const createMemoryTicketRooms = ({ max }: { readonly max: number }): TicketRooms => {
  const rooms = new Map<string, Map<string, Visits>>()
  const listeners = new Set<(change: RoomChange) => void>()

  const visitorsOf = (room: string): readonly Actor[] => firstOf(rooms.get(room)?.values() ?? [], max)

  const tell = (change: Omit<RoomChange, 'visitors'>): void => {
    const visitors = visitorsOf(change.room)
    for (const listener of listeners) listener({ ...change, visitors })
  }

  return {
    join: async ({ room, user, id }) => {
      const users = rooms.get(room) ?? new Map<string, Visits>()
      rooms.set(room, users)
      const visits = users.get(user.id)
      if (visits) visits.set(id, user)
      else {
        users.set(user.id, new Map([[id, user]]))
        tell({ room, change: 'JOINED', user })
      }
    },
    leave: async ({ room, user, id }) => {
      const users = rooms.get(room)
      const visits = users?.get(user.id)
      if (!users || !visits?.delete(id) || visits.size > 0) return
      users.delete(user.id)
      if (users.size === 0) rooms.delete(room)
      tell({ room, change: 'LEFT', user })
    },
    visitors: async (room) => visitorsOf(room),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
