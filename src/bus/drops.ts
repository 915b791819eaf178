import type { Log } from '../lib/log.ts'
import type { Tally } from '../lib/tally.ts'

/** Counts dropped messages, which can be too many for the log: it gets the first of each kind, and the counts at the end. */
export interface Drops {
  count(kind: string): void
  report(): void
}

/** Counts in `tally`. */
export function createDrops(log: Log, tally: Tally): Drops {
  const known = new Set<string>()
  return {
    count: (kind) => {
      tally.add(kind)
      if (known.has(kind)) return
      known.add(kind)
      log.warn({ kind }, 'a message of the bus was dropped; more of this kind are only counted')
    },
    report: () => {
      const dropped = Object.fromEntries(tally.entries())
      if (known.size > 0) log.info({ dropped }, 'messages of the bus that were dropped')
    },
  }
}
