import type { View } from './feed.ts'

export interface PullOptions<Value> {
  /** The next value, or undefined when there is none yet; then `ring` says when to ask again. */
  readonly poll: () => Value | undefined | Promise<Value | undefined>
  /** Runs once when the iteration ends. */
  readonly stop: () => void
  /** Whose `during` runs as long as the iteration. */
  readonly view: Pick<View, 'during'>
}

export interface Pull<Value> {
  /** There may be something now. */
  ring(): void
  readonly iterator: AsyncIterator<Value, undefined>
}

/**
 * An iterator over values that are asked for only when the reader wants one, so a slow reader makes no queue.
 * `return()` ends it at once. An async generator cannot do this: its `return()` waits for the pending `next()`
 * (https://github.com/tc39/proposal-async-iteration/issues/126).
 */
export const createPull = <Value>({ poll, stop, view }: PullOptions<Value>): Pull<Value> => {
  const waiting: PromiseWithResolvers<IteratorResult<Value, undefined>>[] = []
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let pumping = false
  let rung = false

  const end = (): void => {
    if (ended) return
    ended = true
    stop()
    leave?.()
    for (const { resolve } of waiting.splice(0)) resolve({ done: true, value: undefined })
  }

  const fail = (error: unknown): void => {
    if (ended) return
    const turn = waiting.shift()
    if (turn) turn.reject(error)
    else failure = { error }
    end()
  }

  const pump = async (): Promise<void> => {
    rung = true
    if (pumping) return
    pumping = true
    try {
      while (rung && waiting.length > 0 && !ended) {
        rung = false
        const value = await poll()
        if (value === undefined) continue
        rung = true
        waiting.shift()?.resolve({ done: false, value })
      }
    } catch (error) {
      fail(error)
    } finally {
      pumping = false
    }
  }

  const leave = view.during?.(fail)

  return {
    ring: () => void pump(),
    iterator: {
      next: () => {
        if (failure) {
          const { error } = failure
          failure = undefined
          return Promise.reject(error)
        }
        if (ended) return Promise.resolve({ done: true, value: undefined })
        const turn = Promise.withResolvers<IteratorResult<Value, undefined>>()
        waiting.push(turn)
        void pump()
        return turn.promise
      },
      return: async () => {
        end()
        return { done: true, value: undefined }
      },
    },
  }
}
