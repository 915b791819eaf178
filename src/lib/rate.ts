/** Lets things pass at an even rate, with a burst of two seconds' worth. */
export interface Rate {
  readonly perSecond: number
  left: number
  filledAt: number
}

const BURST_SECONDS = 2

/** A full bucket that regains `perSecond` every second. */
export const createRate = (perSecond: number, now: number): Rate => ({
  perSecond,
  left: perSecond * BURST_SECONDS,
  filledAt: now,
})

/** Takes one; returns 0, or how many milliseconds to wait until one is left. */
export const take = (rate: Rate, now: number): number => {
  const { perSecond, filledAt } = rate
  rate.left = Math.min(perSecond * BURST_SECONDS, rate.left + (Math.max(0, now - filledAt) / 1_000) * perSecond)
  rate.filledAt = now
  if (rate.left < 1) return Math.ceil(((1 - rate.left) / perSecond) * 1_000)
  rate.left -= 1
  return 0
}
