/** Cancels a timer that has not fired, or removes a listener: whatever it was returned for. Calling it again does nothing. */
export type Cancel = () => void

/** A source of time and timers, which tests replace by one that they set forward. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  now(): number
  /** Runs `task` once after `ms` milliseconds. Does not keep the process alive. */
  after(ms: number, task: () => void): Cancel
}

/** The longest wait of `setTimeout`: 2^31 - 1 ms, which is 24.8 days. When asked to wait longer, it fires at once. */
export const MAX_TIMER_MS = 2_147_483_647

/** The clock of the machine. A timer of more than `MAX_TIMER_MS` fires after `MAX_TIMER_MS`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, task) => {
    const timer = setTimeout(task, Math.min(Math.max(ms, 0), MAX_TIMER_MS)).unref()
    return () => clearTimeout(timer)
  },
}
