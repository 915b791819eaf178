/** Runs tasks side by side, but those that have a name in common one after the other, in the order in which they came. */
export type InOrder = <Result>(names: Iterable<string>, task: () => Promise<Result>) => Promise<Result>

/** Starts with nothing under way. */
export const createInOrder = (): InOrder => {
  /** By name: ends when the last task with it has ended. */
  const last = new Map<string, Promise<unknown>>()

  return (names, task) => {
    const own = [...names]
    const run = Promise.all(own.map((name) => last.get(name))).then(task)
    const ended = run.then(
      () => {},
      () => {},
    )
    for (const name of own) last.set(name, ended)
    void ended.then(() => {
      for (const name of own) if (last.get(name) === ended) last.delete(name)
    })
    return run
  }
}
