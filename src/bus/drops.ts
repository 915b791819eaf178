import type { Counter } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'

/**
 * Counts dropped messages of the bus. They can be too many for the log, which gets only the first of each kind, and all counts at the end.
 */
export interface Drops {
  /** Counts a dropped message, and logs it when it is the first of its kind. Kinds are a small closed set, such as `not JSON`. */
  count(kind: string): void
  /** Logs the counts of all kinds, if there are any. For when the bus is closed. */
  report(): void
}

/** A `Drops` that counts in `counter`. */
export function createDrops(log: Log, counter: Counter): Drops {
  const known = new Set<string>()
  return {
    count: (kind) => {
      counter.add(kind)
      if (known.has(kind)) return
      known.add(kind)
      log.warn({ kind }, 'a message of the bus was dropped; more of this kind are only counted')
    },
    report: () => {
      const dropped = Object.fromEntries(counter.entries())
      if (known.size > 0) log.info({ dropped }, 'messages of the bus that were dropped')
    },
  }
}
