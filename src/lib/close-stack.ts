/** Releases what was opened: last opened, first closed. */
export interface CloseStack {
  /** Remembers how to release something. */
  add(name: string, close: () => unknown): void
  /** Releases everything, in reverse order. A failure does not keep the rest open; all failures are thrown together. */
  close(): Promise<void>
}

/** Starts an empty list of things to release. */
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
