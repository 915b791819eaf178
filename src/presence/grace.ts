import type { Clock } from '../lib/clock.ts'

/** Users whose last connection has gone, but who may come right back. */
export interface Grace {
  /** The last connection has gone now. */
  begin(userId: string): void
  end(userId: string): void
  /** When the last connection went; undefined when the user is not in the grace. */
  since(userId: string): number | undefined
  /** Whose grace is over. */
  due(): readonly string[]
  /** Milliseconds until the next grace is over: of somebody who left, or may leave right now. */
  untilDue(): number
  size(): number
}

/** Without a grace, how often it is looked whether somebody left. */
const MIN_IDLE_MS = 100

/** Starts with nobody. */
export const createGrace = (clock: Clock, graceMs: number): Grace => {
  /** The longest ago first. */
  const gone = new Map<string, number>()

  const isOver = (goneAt: number): boolean => {
    const now = clock.now()
    // A clock that was set back must not keep anybody online.
    return now >= goneAt + graceMs || now < goneAt
  }

  return {
    begin: (userId) => {
      gone.set(userId, clock.now())
    },
    end: (userId) => {
      gone.delete(userId)
    },
    since: (userId) => gone.get(userId),
    due: () => {
      const due: string[] = []
      for (const [userId, goneAt] of gone) {
        if (!isOver(goneAt)) break
        due.push(userId)
      }
      return due
    },
    untilDue: () => {
      const [earliest] = gone.values()
      return earliest === undefined ? Math.max(graceMs, MIN_IDLE_MS) : Math.max(0, earliest + graceMs - clock.now())
    },
    size: () => gone.size,
  }
}
