import type { Log } from '../lib/log.ts'

/** Counts dropped messages, which can be too many for the log: it gets the first of each kind, and the counts at the end. */
export interface Drops {
  count(kind: string): void
  report(): void
}

/** Starts at zero. */
export const createDrops = (log: Log): Drops => {
  const counts = new Map<string, number>()
  return {
    count: (kind) => {
      const before = counts.get(kind) ?? 0
      counts.set(kind, before + 1)
      if (before === 0) log.warn({ kind }, 'a message of the bus was dropped; more of this kind are only counted')
    },
    report: () => {
      if (counts.size > 0) log.info({ dropped: Object.fromEntries(counts) }, 'messages of the bus that were dropped')
    },
  }
}
