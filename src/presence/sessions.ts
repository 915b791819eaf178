import { z } from 'zod'
import { sessionEnded } from '../auth/token-errors.ts'
import { type Bus, topic } from '../bus/bus.ts'
import type { Log } from '../lib/log.ts'
import type { Rooms } from '../membership/memberships.ts'
import { type Connection, createNodeConnections } from './node-connections.ts'
import { ONLINE } from './presence-state.ts'

/** The rooms of users who are online. Members are user ids, without further data. */
export type OnlineRooms = Rooms<null>

/** Keeps the connections of this node in the memberships, and closes those of a user when any node asks for it. */
export interface UserSessions {
  /** Resolves once this node receives which users to disconnect. */
  readonly live: Promise<void>
  /** Adds a connection for a user; never rejects. When Redis is away, the memberships add it later. */
  enter(connection: Connection): Promise<void>
  /** Removes a connection for all its users, after it was added for them; never rejects. */
  leave(connectionId: string): Promise<void>
  /** Closes all connections of a user on every node. Resolves to how many there were. */
  disconnect(userId: string, reason: string): Promise<number>
  /** How many connections a user has on this node. */
  count(userId: string): number
  /** How many different users the connections of this node serve. */
  users(): number
  /** Stops listening. Resolves when every connection that came or went was handed to the memberships. */
  close(): Promise<void>
}

export interface SessionsDeps {
  readonly bus: Bus
  readonly log: Log
  readonly rooms: OnlineRooms
}

const DISCONNECTIONS = topic('disconnections', z.object({ userId: z.string(), reason: z.string() }))

/** The sessions of a node, which has no connection yet. It begins to listen for users to disconnect. */
export function createUserSessions({ bus, log, rooms }: SessionsDeps): UserSessions {
  const local = createNodeConnections()
  const turns = new Map<string, Promise<void>>()

  const listening = bus.subscribe(DISCONNECTIONS, {
    event: ({ userId, reason }) => {
      for (const connection of local.of(userId)) connection.end(sessionEnded(reason))
    },
    gap: () => {},
  })

  // A socket may close while it is still being taken in: leaving must not overtake entering.
  const inTurn = async (connectionId: string, task: () => Promise<void>): Promise<void> => {
    const turn = (turns.get(connectionId) ?? Promise.resolve())
      .then(task)
      // The memberships remember the connection, and their sweep logs that Redis does not answer.
      .catch((err: unknown) => log.debug({ err }, 'presence could not be told of a connection'))
    turns.set(connectionId, turn)
    await turn
    if (turns.get(connectionId) === turn) turns.delete(connectionId)
  }

  return {
    live: listening.live,
    enter: async (connection) => {
      if (!local.add(connection)) return
      const { id, userId } = connection
      await inTurn(id, () => rooms.enter({ room: ONLINE, member: userId, id, value: null }))
    },
    leave: (connectionId) => {
      const userIds = local.remove(connectionId)
      return inTurn(connectionId, async () => {
        const leave = (member: string) => rooms.leave({ room: ONLINE, member, id: connectionId }, 'lost')
        await Promise.all(userIds.map(leave))
      })
    },
    disconnect: async (userId, reason) => {
      const open = (await rooms.lookUp(ONLINE, [userId])).get(userId)
      bus.publish(DISCONNECTIONS, { userId, reason })
      return open?.connections ?? 0
    },
    count: local.count,
    users: local.users,
    close: async () => {
      listening.end()
      await Promise.all(turns.values())
    },
  }
}
