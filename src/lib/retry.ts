import { setTimeout } from 'node:timers/promises'
import { AppError } from './errors.ts'

/** How long to wait before the store is asked again. */
const RETRY_MS = 500

function isUnavailable(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE'
}

/**
 * Reads the store for somebody who follows something. While the store is away it is asked again and again, so that an outage
 * ends no subscription; `isOver` says when nobody waits any more. Any other error is thrown.
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
