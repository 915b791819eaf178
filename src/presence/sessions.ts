import { z } from 'zod'
import { sessionEnded } from '../auth/token-errors.ts'
import { type Bus, topic } from '../bus/bus.ts'
import type { Log } from '../lib/log.ts'
import { type Connection, createNodeConnections } from './node-connections.ts'
import type { PresenceLeases, Transition } from './presence-leases.ts'

/** The connections of this node, kept in the leases, and closed when any node says so. */
export interface Sessions {
  /** Resolves once this node hears whom to disconnect. */
  readonly live: Promise<void>
  enter(connection: Connection): Promise<void>
  leave(connectionId: string): Promise<void>
  disconnect(userId: string, reason: string): Promise<number>
  count(userId: string): number
  users(): number
  /** Resolves when the leases know of every connection that came or went. */
  close(): Promise<void>
}

export interface SessionsDeps {
  readonly bus: Bus
  readonly log: Log
  readonly leases: PresenceLeases
  /** A user came online. */
  readonly arrived: (transition: Transition) => void
}

const DISCONNECTIONS = topic('disconnections', z.object({ userId: z.string(), reason: z.string() }))

/** Starts without connections and listens for users to disconnect. */
export const createSessions = ({ bus, log, leases, arrived }: SessionsDeps): Sessions => {
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
      // The leases remember it; that they do not answer is told where they are swept.
      .catch((err: unknown) => log.debug({ err }, 'presence could not be told of a connection'))
    turns.set(connectionId, turn)
    await turn
    if (turns.get(connectionId) === turn) turns.delete(connectionId)
  }

  return {
    live: listening.live,
    enter: async (connection) => {
      if (!local.add(connection)) return
      await inTurn(connection.id, async () => {
        const transition = await leases.enter(connection.id, connection.userId)
        if (transition) arrived(transition)
      })
    },
    leave: (connectionId) => {
      const userIds = local.remove(connectionId)
      return inTurn(connectionId, async () => {
        await Promise.all(userIds.map((userId) => leases.leave(connectionId, userId)))
      })
    },
    disconnect: async (userId, reason) => {
      const open = (await leases.lookUp([userId])).get(userId)
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
