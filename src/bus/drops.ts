import type { Counter } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'

/** Counts dropped messages, which can be too many for the log: it gets the first of each kind, and the counts at the end. */
export interface Drops {
  count(kind: string): void
  report(): void
}

/** Counts in `counter`. */
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
