import type { Clock } from '../lib/clock.ts'
import { createCounts } from '../lib/counts.ts'
import { newEpoch } from '../lib/ids.ts'
import { createGrace } from './grace.ts'
import { PRESENCE_GRACE_MS, type PresenceLeases, type Tell } from './presence-leases.ts'

export interface MemoryPresenceOptions {
  readonly clock: Clock
  /** Milliseconds that a user stays online after the last connection has gone. */
  readonly graceMs?: number
}

/** A user who is online. */
interface Stay {
  readonly connections: Set<string>
  readonly version: number
  /** Going offline is being told: who comes back now comes online anew. */
  isLeaving: boolean
}

/** The leases of a single node: they live and die with its process. */
export const createMemoryPresenceLeases = ({
  clock,
  graceMs = PRESENCE_GRACE_MS,
}: MemoryPresenceOptions): PresenceLeases => {
  const node = { id: newEpoch(), startedAt: clock.now() }
  const stays = new Map<string, Stay>()
  const grace = createGrace(clock, graceMs)
  /** How many users each connection serves. */
  const connections = createCounts()
  let version = 0

  const nextVersion = (): number => {
    version = Math.max(version + 1, clock.now())
    return version
  }

  const depart = async (userIds: readonly string[], tell: Tell): Promise<void> => {
    const leaving = userIds.map((userId) => ({ userId, stay: stays.get(userId) }))
    if (leaving.length === 0) return
    for (const { stay } of leaving) if (stay) stay.isLeaving = true
    try {
      await tell(
        userIds.map((userId) => {
          const at = grace.since(userId) ?? clock.now()
          return { userId, isOnline: false, connections: 0, at, version: nextVersion() }
        }),
      )
    } catch (error) {
      for (const { stay } of leaving) if (stay) stay.isLeaving = false
      throw error
    }
    for (const { userId, stay } of leaving) {
      if (stays.get(userId) !== stay) continue
      stays.delete(userId)
      grace.end(userId)
    }
  }

  return {
    enter: async (connectionId, userId) => {
      const stay = stays.get(userId)
      if (stay?.connections.has(connectionId)) return undefined
      connections.add(connectionId, 1)
      grace.end(userId)
      if (stay && !stay.isLeaving) {
        stay.connections.add(connectionId)
        return undefined
      }
      const anew = { connections: new Set([connectionId]), version: nextVersion(), isLeaving: false }
      stays.set(userId, anew)
      return { userId, isOnline: true, connections: 1, at: clock.now(), version: anew.version }
    },
    leave: async (connectionId, userId) => {
      const stay = stays.get(userId)
      if (!stay?.connections.delete(connectionId)) return
      connections.add(connectionId, -1)
      if (stay.connections.size === 0) grace.begin(userId)
    },
    sweep: async (tell) => {
      await depart(grace.due(), tell)
      return grace.untilDue()
    },
    lookUp: async (userIds) => {
      version = Math.max(version, clock.now())
      const lookUp = (userId: string) => {
        const stay = stays.get(userId)
        const open = stay?.connections.size ?? 0
        return { isOnline: stay !== undefined, connections: open, version: stay?.version ?? version }
      }
      return new Map(userIds.map((userId) => [userId, lookUp(userId)]))
    },
    stats: async () => {
      const counts = { connections: connections.size, users: stays.size - grace.size() }
      return { ...counts, nodes: [{ ...node, ...counts }] }
    },
    close: (tell) => depart([...stays.keys()], tell),
  }
}
