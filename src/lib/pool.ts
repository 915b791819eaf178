/** Items that only one caller may use at a time, such as connections. Callers get them in the order of asking. */
export interface Pool<Item> {
  /** Resolves to a free item: of several, the one that was used last. The caller must give it back. */
  take(): Promise<Item>
  /** Returns an item that was taken, for the next caller. */
  giveBack(item: Item): void
  /** Takes a free item, works with it, and gives it back, also when the work fails. Resolves and rejects as the work does. */
  use<Result>(work: (item: Item) => Promise<Result>): Promise<Result>
}

/** A pool in which all these items are free. */
export function createPool<Item>(items: readonly Item[]): Pool<Item> {
  const free = [...items]
  const waiting: ((item: Item) => void)[] = []

  const take = async (): Promise<Item> =>
    free.length > 0 ? (free.pop() as Item) : new Promise((resolve) => waiting.push(resolve))

  const giveBack = (item: Item): void => {
    const next = waiting.shift()
    if (next) next(item)
    else free.push(item)
  }

  return {
    take,
    giveBack,
    use: async (work) => {
      const item = await take()
      try {
        return await work(item)
      } finally {
        giveBack(item)
      }
    },
  }
}
