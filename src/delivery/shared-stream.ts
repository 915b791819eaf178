import type { ExecutionResult } from 'graphql'
import type { Fail } from '../feed/feed.ts'
import { flush } from './outbox.ts'
import type { ResultStream, Seat } from './results.ts'

/** Joins a group with how to be ended; returns how to leave. */
export type Join = (fail: Fail) => () => void

const DONE = { done: true, value: undefined } as const

/**
 * A stream that yields nothing while its results go to the socket directly, and one last result with errors when something
 * ends it. Joining begins with the first `next()`; `return()` leaves at once.
 */
export const createSharedStream = (
  { outbox }: Seat,
  join: Join,
  mask: (error: unknown) => ExecutionResult,
): ResultStream => {
  const over = Promise.withResolvers<IteratorResult<ExecutionResult, undefined>>()
  let leave: (() => void) | undefined
  let isOver = false

  const end = (last: IteratorResult<ExecutionResult, undefined>): void => {
    if (isOver) return
    isOver = true
    leave?.()
    // What ends the stream is sent past the outbox, and must not overtake what is in it.
    flush(outbox)
    over.resolve(last)
  }

  return {
    next: () => {
      if (isOver) return leave ? Promise.resolve(DONE) : over.promise
      leave ??= join((error) => end({ done: false, value: mask(error) }))
      return over.promise
    },
    return: async () => {
      end(DONE)
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
