import { setTimeout } from 'node:timers/promises'

/** How long something took each time that it was done while something else went on, in milliseconds, and what was refused. */
export interface Timed {
  readonly took: readonly number[]
  readonly refused: readonly unknown[]
}

/** The value that 99 of 100 do not exceed. */
export function p99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? 0
}

/** Does something again and again, `pauseMs` after it was done or refused, until the other has ended. */
export async function timeDuring(other: Promise<unknown>, act: () => Promise<unknown>, pauseMs = 1): Promise<Timed> {
  const took: number[] = []
  const refused: unknown[] = []
  let isOver = false
  const end = (): void => {
    isOver = true
  }
  other.then(end, end)
  do {
    const began = performance.now()
    await act().catch((error: unknown) => refused.push(error))
    took.push(performance.now() - began)
    await setTimeout(pauseMs)
  } while (!isOver)
  return { took, refused }
}
