import type { Cancel, Clock } from './clock.ts'

/**
 * Runs `task` every `ms` milliseconds, counted from the end of the last run, so that runs never overlap. A failed run is
 * told to `onError` and does not stop the next one.
 */
export const repeat = (
  clock: Clock,
  ms: number,
  task: () => Promise<unknown>,
  onError: (error: unknown) => void,
): Cancel => {
  let isCancelled = false
  let cancelTimer: Cancel
  const run = async (): Promise<void> => {
    await task().catch(onError)
    if (!isCancelled) schedule()
  }
  const schedule = (): void => {
    cancelTimer = clock.after(ms, () => void run())
  }
  schedule()
  return () => {
    isCancelled = true
    cancelTimer()
  }
}
