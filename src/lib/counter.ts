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
