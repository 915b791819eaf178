/** Counts by kind. Counting is one addition, so that it can stand where much passes; whoever is interested looks now and then. */
export interface Counter {
  /** One more of a kind; `by` -1 for one less. Kinds are a small closed set: never ids, never text from outside. */
  add(kind: string, by?: number): void
  entries(): Iterable<readonly [kind: string, count: number]>
}

/** Starts with these kinds at zero; others appear when they are first counted. */
export function createCounter(kinds: readonly string[] = []): Counter {
  const counts = new Map<string, number>(kinds.map((kind) => [kind, 0]))
  return {
    add: (kind, by = 1) => void counts.set(kind, (counts.get(kind) ?? 0) + by),
    entries: () => counts.entries(),
  }
}
