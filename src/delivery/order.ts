import { isPending } from './render.ts'

/** Tasks that run one after the other. */
export interface Order {
  /** The last one that is under way. */
  last: Promise<void> | undefined
  /** Told what failed; the next task runs all the same. */
  readonly fail: (error: unknown) => void
}

type Task = () => void | Promise<void>

const attempt = (task: Task, fail: (error: unknown) => void): void | Promise<void> => {
  try {
    const turn = task()
    return isPending(turn) ? turn.catch(fail) : turn
  } catch (error) {
    fail(error)
  }
}

/** Runs a task after all that were handed over before: at once when they are over, so that what need not wait does not. */
export const runInOrder = (order: Order, task: Task): void => {
  const { last, fail } = order
  const turn = last !== undefined ? last.then(() => attempt(task, fail)) : attempt(task, fail)
  if (!isPending(turn)) return
  order.last = turn
  void turn.then(() => {
    if (order.last === turn) order.last = undefined
  })
}
