import { isPending } from './render.ts'

/** Runs a task after all that were handed over before: at once when they are over, so that what need not wait does not. */
export type InOrder = (task: () => void | Promise<void>) => void

/** Tasks one after the other; one that fails is told to `onError` and does not stop the next. */
export const createOrder = (onError: (error: unknown) => void): InOrder => {
  let last: Promise<void> | undefined

  const attempt = (task: () => void | Promise<void>): void | Promise<void> => {
    try {
      const turn = task()
      return isPending(turn) ? turn.catch(onError) : turn
    } catch (error) {
      onError(error)
    }
  }

  return (task) => {
    const turn = last !== undefined ? last.then(() => attempt(task)) : attempt(task)
    if (!isPending(turn)) return
    last = turn
    void turn.then(() => {
      if (last === turn) last = undefined
    })
  }
}
