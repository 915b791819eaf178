import { setTimeout } from 'node:timers/promises'

/**
 * Lets large work give way to small work that needs the same resource. Example: an announcement to 10 000 users must not hold up the one
 * writer of a database. The limiters in `lib/limiter.ts` share the event loop; this one shares a resource that is waited for.
 */
export interface BulkLimiter {
  /** Notes that small work has come. */
  small(): void
  /**
   * Runs large work, and resolves and rejects as it does. It begins at once when no small work has come in the last second. Otherwise it
   * waits until the large work before it is done, and then rests for as long as that took, at most half a second.
   */
  large<Result>(work: () => Promise<Result>): Promise<Result>
}

/** When small work came within this time, more of it is expected. */
const LATELY_MS = 1_000
const MAX_REST_MS = 500

/** A limiter that has seen no work yet. */
export function createBulkLimiter(): BulkLimiter {
  let smallAt = Number.NEGATIVE_INFINITY
  /** Until when large work rests, as `performance.now()`. */
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
