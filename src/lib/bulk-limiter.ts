import { setTimeout } from 'node:timers/promises'

/**
 * Lets large work give way to small work that needs the same, such as the one writer of a database. The turns of `lib/limiter.ts` share the event loop;
 * this shares what is waited for.
 */
export interface BulkLimiter {
  /** Small work has come. */
  small(): void
  /**
   * Does large work: at once when there was no small work lately, else when the large work before is done and small work has had as long as
   * that took.
   */
  large<Result>(work: () => Promise<Result>): Promise<Result>
}

/** Small work that came in the last so many milliseconds will come again. */
const LATELY_MS = 1_000
const MAX_REST_MS = 500

/** Starts without any work. */
export function createBulkLimiter(): BulkLimiter {
  let smallAt = Number.NEGATIVE_INFINITY
  /** Until when small work has its turn. */
  let restsUntil = 0
  let last: Promise<unknown> = Promise.resolve()

  const timed = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const began = performance.now()
    try {
      return await work()
    } finally {
      const ended = performance.now()
      restsUntil = ended + Math.min(ended - began, MAX_REST_MS)
    }
  }

  const begin = async <Result>(before: Promise<unknown>, work: () => Promise<Result>): Promise<Result> => {
    if (performance.now() - smallAt < LATELY_MS) {
      await before
      const restMs = restsUntil - performance.now()
      if (restMs > 0) await setTimeout(restMs)
    }
    return timed(work)
  }

  return {
    small: () => {
      smallAt = performance.now()
    },
    large: (work) => {
      const result = begin(last, work)
      last = Promise.allSettled([last, result])
      return result
    },
  }
}
