import type { ExecutionResult } from 'graphql'
import type { ResultStream, SeatedResults } from '../delivery/results.ts'

type Turn = IteratorResult<ExecutionResult, undefined>

const DONE = { done: true, value: undefined } as const

/**
 * The results of an operation on a WebSocket that has not begun, as graphql-ws reads them: `start` runs with the first `next()`, which
 * resolves to the only result of an operation, or to the last one of a subscription, whose other results go past it. graphql-ws
 * can end only what it holds already, and takes what comes for an id as that of the operation which uses it now. It holds this at
 * once, and `return()` ends it at once: what `start` still finds then is thrown away. `next()` rejects when `start` does.
 */
export const createPendingResults = (start: () => Promise<SeatedResults>): ResultStream => {
  // Let go when it is called: a subscription lasts, what it took to begin need not.
  let starting: (() => Promise<SeatedResults>) | undefined = start
  let waiting: PromiseWithResolvers<Turn> | undefined
  let leave: (() => void) | undefined
  let isOver = false

  const end = (turn: Turn): void => {
    if (isOver) return
    isOver = true
    leave?.()
    waiting?.resolve(turn)
  }
  const last = (value: ExecutionResult): void => end({ done: false, value })

  const begin = (results: SeatedResults): void => {
    if (typeof results !== 'function') last(results)
    else if (!isOver) {
      leave = results(last)
      if (isOver) leave()
    }
  }

  return {
    next: () => {
      if (isOver) return Promise.resolve(DONE)
      waiting ??= Promise.withResolvers()
      starting?.().then(begin).catch(waiting.reject)
      starting = undefined
      return waiting.promise
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
