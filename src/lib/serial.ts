/**
 * Runs tasks side by side, but those that have a key in common one after the other, in the order in which they came. Resolves and rejects as the task
 * does; one that fails does not keep the next one from running.
 */
export type RunSerially = <Result>(keys: Iterable<string>, task: () => Promise<Result>) => Promise<Result>

/** Starts with nothing under way. Example: a task for `['a', 'b']` waits for earlier ones for `['a']` and for `['b']`. */
export function createSerial(): RunSerially {
  /** By key: ends when the last task with it has ended. */
  const last = new Map<string, Promise<unknown>>()

  return (keys, task) => {
    const own = [...keys]
    const run = Promise.all(own.map((key) => last.get(key))).then(task)
    const ended = run.then(
      () => {},
      () => {},
    )
    for (const key of own) last.set(key, ended)
    void ended.then(() => {
      for (const key of own) if (last.get(key) === ended) last.delete(key)
    })
    return run
  }
}

/** Whether something has to be waited for. */
export function isPending<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise
}

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
