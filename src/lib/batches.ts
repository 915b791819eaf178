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
  /**
   * After each batch the next one waits a little, so that more go with it: a batch costs about the same for one item as for ten. As
   * long as the last one took, but `minRestMs` to 25 ms.
   */
  readonly rests?: boolean
  /** 10 when left out. */
  readonly minRestMs?: number
}

const MIN_REST_MS = 10
const MAX_REST_MS = 25

const rest = (tookMs: number, minMs: number): Promise<void> =>
  setTimeout(Math.min(Math.max(tookMs, minMs), MAX_REST_MS), undefined, { ref: false })

/**
 * Handles items together, one batch after the other: those that come in one turn, and those that come while others are being
 * handled, go with the next ones. So they keep their order, and however many there are, they cost few trips.
 */
export const createBatches = <Item, Result>({
  max,
  run,
  rests = false,
  minRestMs = MIN_REST_MS,
}: BatchesOptions<Item, Result>): ((item: Item) => Promise<Result>) => {
  let last: Promise<unknown> = Promise.resolve()
  let underWay: Promise<unknown> = last
  const loader = new DataLoader<Item, Result>(
    (items) => {
      const startedAt = performance.now()
      const results = run(items)
      underWay = results
        .catch(() => {})
        .then(() => (rests ? rest(performance.now() - startedAt, minRestMs) : undefined))
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
