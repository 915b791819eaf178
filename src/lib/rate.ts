/** A token bucket: it regains `perSecond` tokens every second, and holds at most `burst`. */
export interface Rate {
  readonly perSecond: number
  /** The most tokens that can be left. */
  readonly burst: number
  /** How many tokens were left at `filledAt`; below zero when tokens are owed. */
  left: number
  /** When `left` was last brought up to date, in milliseconds as `Clock.now()`. */
  filledAt: number
}

const BURST_SECONDS = 2
/** The error of sums of fractions. A caller who has waited for as long as `waitFor` said must find enough. */
const ROUNDING = 1e-6

/** A full bucket. `now` is in milliseconds; `burst` is the tokens of 2 seconds when left out. */
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

/** How many milliseconds until `cost` tokens are left: 0 when they are, Infinity when `cost` is more than the burst. */
export function waitFor(rate: Rate, now: number, cost = 1): number {
  fill(rate, now)
  const missing = cost - rate.left
  if (missing <= ROUNDING) return 0
  return cost > rate.burst ? Number.POSITIVE_INFINITY : Math.ceil((missing / rate.perSecond) * 1_000)
}

/**
 * Takes `cost` tokens and returns 0 when they are left. Otherwise takes nothing and returns how many milliseconds to wait, as `waitFor`
 * does.
 */
export function take(rate: Rate, now: number, cost = 1): number {
  const waitMs = waitFor(rate, now, cost)
  if (waitMs === 0) rate.left -= cost
  return waitMs
}

/**
 * Takes `cost` tokens for something that was done already, even when they are not left. At most a burst is owed, so it is regained soon.
 */
export function charge(rate: Rate, now: number, cost: number): void {
  fill(rate, now)
  rate.left = Math.max(-rate.burst, rate.left - cost)
}

/** How many tokens are left at `now`; below zero when tokens are owed. */
export function leftOf(rate: Rate, now: number): number {
  fill(rate, now)
  return rate.left
}

/** Whether the bucket is full, and so the same as a new one. */
export function isFull(rate: Rate, now: number): boolean {
  fill(rate, now)
  return rate.left >= rate.burst
}
