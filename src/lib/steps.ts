import { setTimeout } from 'node:timers/promises'

/** Does one step of long work. Resolves to how much it did; undefined when nothing is left to do. */
type Step = () => Promise<number | undefined>

/** The longest rest after a step: a step that took longer has mostly waited for others. */
const MAX_REST_MS = 50

/**
 * Repeats a step until it resolves to undefined. Resolves to the sum of what the steps did. Between two steps it rests for as long as the
 * last one took, at most 50 ms, because others need the process and the database, too.
 */
export async function untilNothing(step: Step): Promise<number> {
  for (let total = 0; ; ) {
    const started = performance.now()
    const count = await step()
    if (count === undefined) return total
    total += count
    await setTimeout(Math.min(performance.now() - started, MAX_REST_MS))
  }
}
