/** A socket of this node, as a user whom it serves. */
export interface Connection {
  readonly id: string
  readonly userId: string
  /** Closes the socket; `reason` is told to the client. */
  close(reason: string): void
}

/** The sockets of this node and whom they serve. */
export interface NodeConnections {
  /** False when the connection served the user already. */
  add(connection: Connection): boolean
  /** Removes a connection and returns the users whom it served. */
  remove(connectionId: string): readonly string[]
  of(userId: string): readonly Connection[]
  count(userId: string): number
  /** Different users on all of them. */
  users(): number
}

/** Starts without any. */
export const createNodeConnections = (): NodeConnections => {
  const byUser = new Map<string, Map<string, Connection>>()
  const usersOf = new Map<string, Set<string>>()

  return {
    add: (connection) => {
      const { id, userId } = connection
      const own = byUser.get(userId) ?? new Map<string, Connection>()
      if (own.has(id)) return false
      byUser.set(userId, own.set(id, connection))
      usersOf.set(id, (usersOf.get(id) ?? new Set()).add(userId))
      return true
    },
    remove: (connectionId) => {
      const userIds = [...(usersOf.get(connectionId) ?? [])]
      usersOf.delete(connectionId)
      for (const userId of userIds) {
        const own = byUser.get(userId)
        own?.delete(connectionId)
        if (own?.size === 0) byUser.delete(userId)
      }
      return userIds
    },
    of: (userId) => [...(byUser.get(userId)?.values() ?? [])],
    count: (userId) => byUser.get(userId)?.size ?? 0,
    users: () => byUser.size,
  }
}
