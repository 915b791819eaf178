import type { AppError } from '../lib/errors.ts'

/** A connection of this node together with one user that it serves. */
export interface Connection {
  /** The id of the connection, which is the same for all users that it serves. */
  readonly id: string
  readonly userId: string
  /** Ends the connection. The error is sent to the client. */
  end(error: AppError): void
}

/** The connections of this node, by the users that they serve. */
export interface NodeConnections {
  /** Adds a connection for a user. Returns false when it served that user already. */
  add(connection: Connection): boolean
  /** Removes a connection, and returns the ids of the users that it served. */
  remove(connectionId: string): readonly string[]
  /** The connections that serve a user. */
  of(userId: string): readonly Connection[]
  /** How many connections serve a user. */
  count(userId: string): number
  /** How many different users the connections serve. */
  users(): number
}

/** A `NodeConnections` without connections. */
export function createNodeConnections(): NodeConnections {
  // Arrays made by `concat` take the least memory: a user has few connections, and a connection serves few users.
  const byUser = new Map<string, readonly Connection[]>()
  const usersOf = new Map<string, readonly string[]>()

  return {
    add: (connection) => {
      const { id, userId } = connection
      const users = usersOf.get(id) ?? []
      if (users.includes(userId)) return false
      usersOf.set(id, users.concat(userId))
      byUser.set(userId, (byUser.get(userId) ?? []).concat(connection))
      return true
    },
    remove: (connectionId) => {
      const userIds = usersOf.get(connectionId) ?? []
      usersOf.delete(connectionId)
      for (const userId of userIds) {
        const left = (byUser.get(userId) ?? []).filter(({ id }) => id !== connectionId)
        if (left.length > 0) byUser.set(userId, left)
        else byUser.delete(userId)
      }
      return userIds
    },
    of: (userId) => byUser.get(userId) ?? [],
    count: (userId) => byUser.get(userId)?.length ?? 0,
    users: () => byUser.size,
  }
}
