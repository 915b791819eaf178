/** Ends what it was returned for: a timer that has not fired, a listener. Calling it again does nothing. */
export type Cancel = () => void

/** The only source of time and timers, so that tests can turn the hands. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  now(): number
  /** Runs `task` once after `ms` milliseconds. Does not keep the process alive. */
  after(ms: number, task: () => void): Cancel
}

/** `setTimeout` fires at once when asked to wait longer than this (2^31 - 1 ms, 24.8 days). */
export const MAX_TIMER_MS = 2_147_483_647

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, Math.min(Math.max(ms, 0), MAX_TIMER_MS)).unref()
    return () => clearTimeout(timer)
  },
}
