/** Those who wait for something, but no longer than until they are let go. */
export interface Waiting {
  /** Resolves when the task does, or when all are let go before; rejects when the task does. Nothing of it stays behind. */
  unlessLetGo(task: Promise<void>): Promise<void>
  /** All who wait now go on. */
  letGo(): void
}

/** Begins with nobody. A promise in a race would do, but one that lasts remembers every race that it was part of. */
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
