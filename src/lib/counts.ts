/** How many there are of something for each key now, such as sockets of a user. A key is kept only while there are any. */
export interface Counts {
  of(key: string): number
  /** So many more, or fewer when `by` is below zero; returns how many there are then. */
  add(key: string, by: number): number
  /** For how many keys there are any. */
  readonly size: number
  /** The keys for which there are any. */
  keys(): Iterable<string>
  /** There are none of anything. */
  clear(): void
}

/** Starts with none. */
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
