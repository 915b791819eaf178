/** Lets things pass at an even rate, and as many at once as a burst allows. */
export interface Rate {
  readonly perSecond: number
  /** The most that can be left. */
  readonly burst: number
  left: number
  filledAt: number
}

const BURST_SECONDS = 2
/** What sums of fractions are wrong by: who waited as long as they were told must find enough. */
const ROUNDING = 1e-6

/** A full bucket of `burst` that regains `perSecond` every second. */
export function createRate(perSecond: number, now: number, burst = perSecond * BURST_SECONDS): Rate {
  return {
    perSecond,
    burst,
    left: burst,
    filledAt: now,
  }
}

function fill(rate: Rate, now: number): void {
  const { perSecond, burst, filledAt } = rate
  rate.left = Math.min(burst, rate.left + (Math.max(0, now - filledAt) / 1_000) * perSecond)
  rate.filledAt = now
}

/** How many milliseconds until `cost` is left; 0 when it is, Infinity when it never will be. */
export function waitFor(rate: Rate, now: number, cost = 1): number {
  fill(rate, now)
  const missing = cost - rate.left
  if (missing <= ROUNDING) return 0
  return cost > rate.burst ? Number.POSITIVE_INFINITY : Math.ceil((missing / rate.perSecond) * 1_000)
}

/** Takes `cost` if it is left and returns 0; otherwise takes nothing and returns how long to wait, as `waitFor` does. */
export function take(rate: Rate, now: number, cost = 1): number {
  const waitMs = waitFor(rate, now, cost)
  if (waitMs === 0) rate.left -= cost
  return waitMs
}

/** Takes `cost` for what was done already, also when it is not left. What is owed is a burst at most, so it is paid off soon. */
export function charge(rate: Rate, now: number, cost: number): void {
  fill(rate, now)
  rate.left = Math.max(-rate.burst, rate.left - cost)
}

/** How much is left. */
export function leftOf(rate: Rate, now: number): number {
  fill(rate, now)
  return rate.left
}

/** Whether it is as a new one would be. */
export function isFull(rate: Rate, now: number): boolean {
  fill(rate, now)
  return rate.left >= rate.burst
}
