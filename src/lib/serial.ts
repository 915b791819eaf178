/**
 * Runs a task, and resolves and rejects as it does. Tasks that have a key in common run one after the other, in the order of the calls.
 * Others run side by side. When a task fails, the next one still runs.
 */
export type RunSerially = <Result>(keys: Iterable<string>, task: () => Promise<Result>) => Promise<Result>

/** A `RunSerially` of its own. Example: a task for `['a', 'b']` waits for earlier tasks for `['a']` and for `['b']`. */
export function createSerial(): RunSerially {
  /** By key: resolves when the last task with this key has ended. */
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

/** Whether a value is a promise, so that a caller can go on at once when it is not. */
export function isPending<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return value instanceof Promise
}

/** An owner whose tasks run one after the other, with `runInOrder`. Begins with `{ last: undefined, underWay: 0 }`. */
export interface Order {
  /** Resolves when the last task of this owner is over; undefined when none is under way. */
  last: Promise<void> | undefined
  /** How many tasks are not over. */
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
 * Runs a task after all earlier tasks of `owner`. When they are over, it begins at once, inside of this call. When a task fails, `fail` is
 * called with its error, and the next task still runs.
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
