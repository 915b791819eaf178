/** Lets callers wait for their tasks, and can let them all go before the tasks are over. */
export interface Waiting {
  /**
   * Resolves when the task resolves or `letGo` is called, whichever is first. Rejects when the task does. Afterwards nothing is kept in
   * memory.
   */
  unlessLetGo(task: Promise<void>): Promise<void>
  /** Resolves the promises of all callers who wait now. */
  letGo(): void
}

/** A `Waiting` without callers. `Promise.race` with a long-lived promise would do the same, but that promise keeps every race in memory. */
export function createWaiting(): Waiting {
  const waiting = new Set<() => void>()
  return {
    unlessLetGo: (task) =>
      new Promise((resolve, reject) => {
        waiting.add(resolve)
        task.then(resolve, reject).finally(() => waiting.delete(resolve))
      }),
    letGo: () => {
      for (const resolve of waiting) resolve()
      waiting.clear()
    },
  }
}
