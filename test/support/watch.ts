import { monitorEventLoopDelay } from 'node:perf_hooks'

const NANOSECONDS = 1_000_000

/** Measures how long something takes, apart from what this process was held up meanwhile by other tests and by the machine. */
export const startWatch = (): (() => number) => {
  const delays = monitorEventLoopDelay({ resolution: 5 })
  delays.enable()
  const startedAt = performance.now()
  return () => {
    delays.disable()
    return performance.now() - startedAt - delays.max / NANOSECONDS
  }
}
