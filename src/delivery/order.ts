import { isPending } from './render.ts'

/** Whose tasks run one after the other. */
export interface Order {
  /** The last one that is under way. */
  last: Promise<void> | undefined
  /** How many are not over. */
  underWay: number
}

type Task = () => void | Promise<void>

function attempt(task: Task, fail: (error: unknown) => void): void | Promise<void> {
  try {
    const turn = task()
    return isPending(turn) ? turn.catch(fail) : turn
  } catch (error) {
    fail(error)
  }
}

/**
 * Runs a task after all that were handed over for `owner` before: at once when they are over, so that what need not wait does not.
 * `fail` is told what failed; the next task runs all the same.
 */
export function runInOrder<Owner extends Order>(
  owner: Owner,
  task: Task,
  fail: (owner: Owner, error: unknown) => void,
): void {
  const { last } = owner
  const run = (): void | Promise<void> => attempt(task, (error) => fail(owner, error))
  const turn = last === undefined ? run() : last.then(run)
  if (!isPending(turn)) return
  owner.last = turn
  owner.underWay += 1
  void turn.then(() => {
    owner.underWay -= 1
    if (owner.last === turn) owner.last = undefined
  })
}
