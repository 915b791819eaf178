import { setImmediate } from 'node:timers/promises'

/** Splits a list into chunks of `size`, in order; the last one may be shorter. An empty list has no chunk. */
export function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/**
 * Calls `work` with chunks of `size` items, one after the other, and resolves when all are done. The first chunk begins at once. Before
 * each further one the event loop turns, so that a long list does not hold up the process.
 */
export async function inTurns<Item>(
  items: readonly Item[],
  size: number,
  work: (chunk: readonly Item[]) => unknown,
): Promise<void> {
  for (const [index, chunk] of chunksOf(items, size).entries()) {
    if (index > 0) await setImmediate()
    await work(chunk)
  }
}
