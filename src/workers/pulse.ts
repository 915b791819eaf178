import type { Clock } from '../lib/clock.ts'

/** How often a process says that its event loop still turns. */
export const PULSE_MS = 1_000

/** Watches a process that says so. */
export interface Pulse {
  /** It has said so. */
  beat(): void
  stop(): void
}

/**
 * Tells `onSilence`, once, when a process has said nothing for `silentMs`. That is counted in looks rather than read from a clock:
 * when the whole machine was asleep, so was the watcher.
 */
export const watchPulse = (clock: Clock, silentMs: number, onSilence: () => void): Pulse => {
  let looks = 0
  const look = (): void => {
    looks += 1
    if (looks * PULSE_MS > silentMs) onSilence()
    else cancel = clock.after(PULSE_MS, look)
  }
  let cancel = clock.after(PULSE_MS, look)
  return {
    beat: () => {
      looks = 0
    },
    stop: () => cancel(),
  }
}
