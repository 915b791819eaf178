import type { Clock } from '../lib/clock.ts'

/** Lets things pass at an even rate, with a burst of two seconds' worth. */
export interface Rate {
  /** Takes one; returns 0, or how many milliseconds to wait until one is left. */
  take(): number
}

const BURST_SECONDS = 2

/** A full bucket that regains `perSecond` every second. */
export const createRate = (clock: Clock, perSecond: number): Rate => {
  const burst = perSecond * BURST_SECONDS
  let left = burst
  let filledAt = clock.now()
  return {
    take: () => {
      const now = clock.now()
      left = Math.min(burst, left + (Math.max(0, now - filledAt) / 1_000) * perSecond)
      filledAt = now
      if (left < 1) return Math.ceil(((1 - left) / perSecond) * 1_000)
      left -= 1
      return 0
    },
  }
}
