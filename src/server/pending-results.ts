import type { ExecutionResult } from 'graphql'
import type { ResultStream, Results } from '../delivery/results.ts'

type Turn = IteratorResult<ExecutionResult, undefined>

const DONE = { done: true, value: undefined } as const

const isStream = (results: Results): results is ResultStream => Symbol.asyncIterator in results

/**
 * The results of an operation that has not begun: `start` runs with the first `next()`. graphql-ws can end only what it holds
 * already, and takes what comes for an id as that of the operation which uses it now. It holds this at once, and `return()` ends
 * it at once: what `start` still finds then is thrown away. `next()` rejects when `start` does.
 */
export const createPendingResults = (start: () => Promise<Results>): ResultStream => {
  let begun: Promise<Results> | undefined
  let waiting: PromiseWithResolvers<Turn> | undefined
  let isOver = false

  const take = async (): Promise<Turn> => {
    const isFirst = begun === undefined
    begun ??= start()
    const results = await begun
    if (isStream(results)) return isOver ? DONE : results.next()
    return isFirst ? { done: false, value: results } : DONE
  }

  const end = async (): Promise<void> => {
    const results = await begun
    if (results && isStream(results)) await results.return?.()
  }

  return {
    next: () => {
      if (isOver) return Promise.resolve(DONE)
      const turn = Promise.withResolvers<Turn>()
      waiting = turn
      take().then(turn.resolve, turn.reject)
      return turn.promise
    },
    return: async () => {
      if (isOver) return DONE
      isOver = true
      waiting?.resolve(DONE)
      // Not waited for: it may never begin. What fails to begin has nothing to end.
      end().catch(() => {})
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
