import { createCounts } from '../lib/counts.ts'

/** The connections that this node holds, and of which users the shared leases may not know that yet. */
export interface Held {
  /** False when the connection served the user already. */
  enter(connectionId: string, userId: string): boolean
  /** False when it did not. */
  leave(connectionId: string, userId: string): boolean
  /** Connections of a user. */
  count(userId: string): number
  connections(): number
  users(): number
  /** Users of whom the leases must be told. */
  unsettled(): readonly string[]
  /** Whether it must be reported that the user came online, because a report may have been lost. */
  mustReport(userId: string): boolean
  /** The leases are being told of these users. */
  settle(userIds: readonly string[]): void
  /** That failed. */
  unsettle(userId: string, mustReport: boolean): void
  /** The leases may have forgotten this node: all users are to be told again. */
  unsettleAll(): void
  /** All connections are gone. */
  clear(): void
}

/** Starts without any. */
export const createHeld = (): Held => {
  // Arrays: a user has few connections. Made by `concat`, they keep no room for more.
  const byUser = new Map<string, readonly string[]>()
  /** How many users each connection serves. */
  const served = createCounts()
  const open = new Map<string, boolean>()

  const unsettleAll = (): void => {
    for (const userId of byUser.keys()) open.set(userId, open.get(userId) ?? false)
  }

  return {
    enter: (connectionId, userId) => {
      const own = byUser.get(userId) ?? []
      if (own.includes(connectionId)) return false
      byUser.set(userId, own.concat(connectionId))
      served.add(connectionId, 1)
      return true
    },
    leave: (connectionId, userId) => {
      const own = byUser.get(userId)
      if (!own?.includes(connectionId)) return false
      const others = own.filter((id) => id !== connectionId)
      if (others.length > 0) byUser.set(userId, others)
      else byUser.delete(userId)
      served.add(connectionId, -1)
      return true
    },
    count: (userId) => byUser.get(userId)?.length ?? 0,
    connections: () => served.size,
    users: () => byUser.size,
    unsettled: () => [...open.keys()],
    mustReport: (userId) => open.get(userId) ?? false,
    settle: (userIds) => {
      for (const userId of userIds) open.delete(userId)
    },
    unsettle: (userId, mustReport) => {
      open.set(userId, mustReport || (open.get(userId) ?? false))
    },
    unsettleAll,
    clear: () => {
      unsettleAll()
      byUser.clear()
      served.clear()
    },
  }
}
