import { monitorEventLoopDelay } from 'node:perf_hooks'
import { waitedForProcessor } from './process-share.ts'

const NANOSECONDS = 1_000_000

/**
 * Measures how long something takes, apart from what this process was held up meanwhile by other tests and by the machine: by the longest
 * delay of its event loop, or all the time for which it waited for a processor, whichever is more.
 */
export function startWatch(): () => number {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  const startedAt = performance.now()
  const waitedBefore = waitedForProcessor()
  return () => {
    delays.disable()
    const heldUp = Math.max(delays.max, waitedForProcessor() - waitedBefore)
    return performance.now() - startedAt - heldUp / NANOSECONDS
  }
}
