import { setTimeout } from 'node:timers/promises'

/** How much a step did; undefined: there is nothing left to do. */
type Step = () => Promise<number | undefined>

/** A step that had to wait for others needs no rest for as long as that. */
const MAX_REST_MS = 50

/**
 * Repeats a step of a long work while there is something to do; resolves to the sum. In between it rests for as long as it worked:
 * others need the process and the database, too.
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
