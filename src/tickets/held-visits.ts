import type { Actor } from '../auth/viewer.ts'
import type { Ending, Visit } from './ticket-rooms.ts'

/** A user in a room, as this node knows it. */
export interface Stay {
  readonly room: string
  readonly userId: string
  /** Undefined when the user is no longer there. */
  readonly user: Actor | undefined
  /** Why the last visit ended, where it did. */
  readonly ending: Ending
  /** That the user came was perhaps not told. */
  readonly mustReport: boolean
}

/** The visits on this node, and of which users the shared rooms may not know that yet. */
export interface HeldVisits {
  /** The user of a visit that begins; undefined when it was there already. */
  join(visit: Visit): Stay | undefined
  /** The user of a visit that ends; undefined when it was not there. */
  leave(visit: Visit, ending: Ending): Stay | undefined
  /** Takes out those of whom the rooms must be told. */
  takeUnsettled(): readonly Stay[]
  /** Telling the rooms failed. */
  unsettle(stays: readonly Stay[]): void
  /** The rooms have forgotten this node. */
  unsettleAll(): void
}

const keyOf = (room: string, userId: string): string => JSON.stringify([room, userId])

interface Own {
  readonly room: string
  readonly userId: string
  readonly visits: Map<string, Actor>
}

/** Starts without any. */
export const createHeldVisits = (): HeldVisits => {
  const all = new Map<string, Own>()
  const unsettled = new Map<string, Pick<Stay, 'room' | 'userId' | 'mustReport'>>()

  const stayOf = (room: string, userId: string, ending: Ending = 'lost'): Stay => {
    const key = keyOf(room, userId)
    const mustReport = unsettled.get(key)?.mustReport ?? false
    unsettled.delete(key)
    return { room, userId, user: all.get(key)?.visits.values().next().value, ending, mustReport }
  }

  return {
    join: ({ room, user, id }) => {
      const key = keyOf(room, user.id)
      const own = all.get(key) ?? { room, userId: user.id, visits: new Map() }
      if (own.visits.has(id)) return undefined
      own.visits.set(id, user)
      all.set(key, own)
      return stayOf(room, user.id)
    },
    leave: ({ room, user, id }, ending) => {
      const key = keyOf(room, user.id)
      const own = all.get(key)
      if (!own?.visits.delete(id)) return undefined
      if (own.visits.size === 0) all.delete(key)
      return stayOf(room, user.id, ending)
    },
    takeUnsettled: () => [...unsettled.values()].map(({ room, userId }) => stayOf(room, userId)),
    unsettle: (stays) => {
      for (const { room, userId, user, mustReport } of stays) {
        unsettled.set(keyOf(room, userId), { room, userId, mustReport: mustReport || user !== undefined })
      }
    },
    unsettleAll: () => {
      for (const [key, { room, userId }] of all) {
        unsettled.set(key, { room, userId, mustReport: unsettled.get(key)?.mustReport ?? false })
      }
    },
  }
}
