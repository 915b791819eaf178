/** Counts by kind, for metrics. Counting is one addition, so it is cheap enough for every event; metrics read the counts when scraped. */
export interface Counter {
  /**
   * Adds `by` to the count of a kind (1 when left out, -1 for one less). Kinds are a small closed set: never ids, never text from outside.
   */
  add(kind: string, by?: number): void
  entries(): Iterable<readonly [kind: string, count: number]>
}

/** A counter with these kinds at zero. Other kinds appear when they are first counted. */
export function createCounter(kinds: readonly string[] = []): Counter {
  const counts = new Map<string, number>(kinds.map((kind) => [kind, 0]))
  return {
    add: (kind, by = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + by),
    entries: () => counts.entries(),
  }
}

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
