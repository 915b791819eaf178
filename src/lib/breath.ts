import { setImmediate as turn } from 'node:timers/promises'

/** Lets the event loop turn when work has kept it for too long; undefined: there is no need yet. */
export type Breathe = () => Promise<void> | undefined

/**
 * For work that goes on in one turn of the event loop, step by step, however many want to work at once. Called before each step,
 * it sees to it that others have their turn after about `maxMs` milliseconds.
 */
export const createBreathe = (maxMs: number): Breathe => {
  let began: number | undefined
  const forget = (): void => {
    began = undefined
  }
  return () => {
    const now = performance.now()
    if (began === undefined) {
      began = now
      setImmediate(forget)
      return undefined
    }
    return now - began < maxMs ? undefined : turn()
  }
}
