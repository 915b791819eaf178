/** Releases resources in the reverse order of opening: the last one opened is closed first. */
export interface CloseStack {
  /** Adds a resource, with the function that releases it. `name` stands in the error when that fails. */
  add(name: string, close: () => unknown): void
  /**
   * Releases everything, in reverse order, one after the other. When one fails, the rest is still closed; then it rejects with an
   * AggregateError of all failures. Calling it again returns the same promise.
   */
  close(): Promise<void>
}

/** A stack with nothing to release yet. */
export function createCloseStack(): CloseStack {
  const steps: { readonly name: string; readonly close: () => unknown }[] = []
  let closed: Promise<void> | undefined

  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = []
    for (let step = steps.pop(); step; step = steps.pop()) {
      try {
        await step.close()
      } catch (cause) {
        failures.push(new Error(`Closing ${step.name} failed`, { cause }))
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'Some parts did not close')
  }

  return {
    add: (name, close) => steps.push({ name, close }),
    close: () => {
      closed ??= closeAll()
      return closed
    },
  }
}
