import { setTimeout } from 'node:timers/promises'
import { AppError } from './errors.ts'

/** How long to wait before the store is read again, in milliseconds. */
const RETRY_MS = 500

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE'
}

/**
 * Reads the store for a subscription, and resolves to the result. While the store is unavailable, it tries again every half second, so that
 * an outage ends no subscription. It rejects with SERVICE_UNAVAILABLE once `isOver` says that nobody waits any more, and with any other
 * error at once.
 */
export async function readWithRetry<Result>(read: () => Promise<Result>, isOver: () => boolean): Promise<Result> {
  for (;;) {
    try {
      return await read()
    } catch (error) {
      if (!isUnavailable(error) || isOver()) throw error
      await setTimeout(RETRY_MS, undefined, { ref: false })
    }
  }
}
