import { z } from 'zod'
import { sessionEnded } from '../auth/token-errors.ts'
import { type Bus, topic } from '../bus/bus.ts'
import type { Log } from '../lib/log.ts'
import type { Rooms } from '../membership/memberships.ts'
import { type Connection, createNodeConnections } from './node-connections.ts'
import { ONLINE } from './presence-state.ts'

/** Who is online: of a member nothing is told but the id of the user. */
export type OnlineRooms = Rooms<null>

/** The connections of this node, kept in the memberships, and closed when any node says so. */
export interface UserSessions {
  /** Resolves once this node receives whom to disconnect. */
  readonly live: Promise<void>
  enter(connection: Connection): Promise<void>
  leave(connectionId: string): Promise<void>
  disconnect(userId: string, reason: string): Promise<number>
  count(userId: string): number
  users(): number
  /** Resolves when the memberships know of every connection that came or went. */
  close(): Promise<void>
}

export interface SessionsDeps {
  readonly bus: Bus
  readonly log: Log
  readonly rooms: OnlineRooms
}

const DISCONNECTIONS = topic('disconnections', z.object({ userId: z.string(), reason: z.string() }))

/** Starts without connections and listens for users to disconnect. */
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
      // The memberships remember it; that they do not answer is told where they are swept.
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
