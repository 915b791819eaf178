import { setImmediate } from 'node:timers/promises'

/** The items in their order, `size` at a time. */
export function chunksOf<Item>(items: readonly Item[], size: number): readonly (readonly Item[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  )
}

/**
 * Works on the items, `size` at a time, one chunk after the other. In between the process attends to others, whom a long
 * command must not hold up. The first chunk begins at once.
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
