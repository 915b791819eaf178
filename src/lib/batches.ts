import { setTimeout } from 'node:timers/promises'
import DataLoader from 'dataloader'

export interface BatchesOptions<Item, Result> {
  /** The most items in one batch. */
  readonly max: number
  /**
   * Handles one batch. Resolves to one result for each item, in their order. An Error is the failure of that item alone. A promise is a
   * result that takes longer, and does not delay the next batch. When `run` rejects, all items of the batch have failed.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error | Promise<Result>)[]>
  /** How long the next batch gathers items after one has ended. Left out: no time. A batch of ten costs about as much as a batch of one. */
  readonly rest?: Rest
}

/** A pause after a batch: as long as the batch took, but between `minMs` and `maxMs`. */
export interface Rest {
  readonly minMs: number
  readonly maxMs: number
  /** The pause is at least this long for each item of the batch, up to `maxMs`. */
  readonly msPerItem: number
}

/** A rest for work that crowds of clients ask for at once, such as after a deploy: the more clients, the larger the batches. */
export const FOR_CROWDS: Rest = { minMs: 10, maxMs: 100, msPerItem: 4 }

function restAfter({ minMs, maxMs, msPerItem }: Rest, tookMs: number, items: number): Promise<void> {
  return setTimeout(Math.min(Math.max(minMs, tookMs, msPerItem * items), maxMs), undefined, { ref: false })
}

/**
 * Returns a function that handles an item in a batch with others, and resolves to its result. One batch runs at a time. Items that come
 * meanwhile wait, and go into the next batch. So items keep their order, and a thousand items cost few round trips.
 */
export function createBatches<Item, Result>({
  max,
  run,
  rest,
}: BatchesOptions<Item, Result>): (item: Item) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  let underWay: Promise<unknown> = last
  const loader = new DataLoader<Item, Result>(
    (items) => {
      const startedAt = performance.now()
      const results = run(items)
      underWay = results
        .catch(() => {})
        .then(() => rest && restAfter(rest, performance.now() - startedAt, items.length))
      // A caller whose result is itself a promise waits for that.
      return results as Promise<readonly (Result | Error)[]>
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
