/** Things that only one may use at a time, such as connections. Whoever asks first gets one first. */
export interface Pool<Item> {
  /** Resolves to one that is free: of several the one that was used last. It must be given back. */
  take(): Promise<Item>
  giveBack(item: Item): void
  /** Does work with one that is free, and gives it back whatever becomes of that. */
  use<Result>(work: (item: Item) => Promise<Result>): Promise<Result>
}

/** Starts with all items free. */
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
