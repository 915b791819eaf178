import { setTimeout } from 'node:timers/promises'
import DataLoader from 'dataloader'

export interface BatchesOptions<Item, Result> {
  /** Items handled together. */
  readonly max: number
  /** Handles items; resolves to what became of each, in their order, an Error where that failed. When it rejects, all have failed. */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>
  /** After each batch the next one waits as long as that took: a commit costs the same for one item and for a hundred. */
  readonly rests?: boolean
}

/**
 * Handles items together, one batch after the other: those that come in one turn, and those that come while others are being
 * handled, go with the next ones. So they keep their order, and however many there are, they cost few trips.
 */
export const createBatches = <Item, Result>({
  max,
  run,
  rests = false,
}: BatchesOptions<Item, Result>): ((item: Item) => Promise<Result>) => {
  let last: Promise<unknown> = Promise.resolve()
  let underWay: Promise<unknown> = last
  const loader = new DataLoader<Item, Result>(
    (items) => {
      const startedAt = performance.now()
      const results = run(items)
      underWay = results
        .catch(() => {})
        .then(() => (rests ? setTimeout(performance.now() - startedAt, undefined, { ref: false }) : undefined))
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
