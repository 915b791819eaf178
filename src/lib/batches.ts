import { setTimeout } from 'node:timers/promises'
import DataLoader from 'dataloader'

export interface BatchesOptions<Item, Result> {
  /** Items handled together. */
  readonly max: number
  /**
   * Handles items; resolves to what became of each, in their order, an Error where that failed, a promise where it takes longer: that
   * holds up nobody else. When it rejects, all have failed.
   */
  readonly run: (items: readonly Item[]) => Promise<readonly (Result | Error | Promise<Result>)[]>
  /** How long the next one gathers after each batch: it costs about the same for one item as for ten. Not at all when left out. */
  readonly rest?: Rest
}

/** A rest that is as long as the last batch took, within bounds. */
export interface Rest {
  readonly minMs: number
  readonly maxMs: number
  /** It is longer the more items there were. */
  readonly msPerItem: number
}

/** For what many want who come back at once: the more they are, the more go together. */
export const FOR_CROWDS: Rest = { minMs: 10, maxMs: 100, msPerItem: 4 }

function restAfter({ minMs, maxMs, msPerItem }: Rest, tookMs: number, items: number): Promise<void> {
  return setTimeout(Math.min(Math.max(minMs, tookMs, msPerItem * items), maxMs), undefined, { ref: false })
}

/**
 * Handles items together, one batch after the other: those that come in one turn, and those that come while others are being
 * handled, go with the next ones. So they keep their order, and however many there are, they cost few trips.
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
      // Who asked for an item waits for the promise that it became.
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
