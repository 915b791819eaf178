import DataLoader from 'dataloader'

export interface BatchesOptions<Item, Result> {
  /** Items handled together. */
  readonly max: number
  /** Handles items; resolves to what became of each, in their order, an Error where that failed. When it rejects, all have failed. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>
}

/**
 * Handles items together, one batch after the other: those that come in one turn, and those that come while others are being
 * handled, go with the next ones. So they keep their order, and however many there are, they cost few trips.
 */
export const createBatches = <Item, Result>({
  max,
  run,
}: BatchesOptions<Item, Result>): ((item: Item) => Promise<Result>) => {
  let last: Promise<unknown> = Promise.resolve()
  let underWay: Promise<unknown> = last
  const loader = new DataLoader<Item, Result>(
    (items) => {
      const results = run(items)
      underWay = results.catch(() => {})
      return results
    },
    {
      cache: false,
      maxBatchSize: max,
      batchScheduleFn: (start) => {
        last = last.then(() => {
          start()
          return underWay
        })
      },
    },
  )
  return (item) => loader.load(item)
}
