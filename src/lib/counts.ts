/** How many of something there are now for each key, such as sockets of each user. A key is kept only while its count is above zero. */
export interface Counts {
  of(key: string): number
  /** Adds `by`, which may be below zero, to the count of a key. Returns the new count, which is never below zero. */
  add(key: string, by: number): number
  /** How many keys have a count above zero. */
  readonly size: number
  /** The keys that have a count above zero. */
  keys(): Iterable<string>
  /** Sets every count to zero. */
  clear(): void
}

/** Counts that are all zero. */
export function createCounts(): Counts {
  const counts = new Map<string, number>()
  return {
    of: (key) => counts.get(key) ?? 0,
    add: (key, by) => {
      const count = Math.max(0, (counts.get(key) ?? 0) + by)
      if (count > 0) counts.set(key, count)
      else counts.delete(key)
      return count
    },
    get size() {
      return counts.size
    },
    keys: () => counts.keys(),
    clear: () => counts.clear(),
  }
}
