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
