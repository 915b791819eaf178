import type { AppError } from '../lib/errors.ts'

/** A socket of this node, as a user whom it serves. */
export interface Connection {
  readonly id: string
  readonly userId: string
  /** Ends the socket; the error is for the client. */
  end(error: AppError): void
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
export function createNodeConnections(): NodeConnections {
  // Arrays: a user has few connections, and a connection serves one user, or few. Made by `concat`, they keep no room for more.
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
