import type { Clock } from './clock.ts'
import { charge, createRate, isFull, leftOf, type Rate, take, waitFor } from './rate.ts'

/**
 * A rate for each key, such as a user. One is kept only until it is full again, so memory follows what happens now, and nobody can push
 * out what another one has used up by using many keys.
 */
export interface Rates {
  /** Takes `cost` from the rate of `key`; returns 0, or how many milliseconds to wait, Infinity when waiting does not help. */
  take(key: string, cost?: number): number
  /** Takes `cost` for what was done already, also when it is not left. */
  charge(key: string, cost?: number): void
  /** How many milliseconds until one is left; 0 when it is. Nothing is kept for asking. */
  waitMs(key: string): number
  /** How much is left; nothing is kept for asking. */
  left(key: string): number
  /** How many rates are kept. */
  readonly size: number
}

export interface RatesOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly perSecond: number
  /** The most that can be taken at once. */
  readonly burst: number
}

/** Full rates that are dropped for each new one: more than come, so that they cannot pile up. */
const LOOKED_AT = 2

/** Starts with every rate full. */
export function createRates({ clock, perSecond, burst }: RatesOptions): Rates {
  const rates = new Map<string, Rate>()

  /** Looks at the oldest; those that are not full yet go to the end of the row. */
  const tidy = (now: number): void => {
    let left = LOOKED_AT
    for (const [key, rate] of rates) {
      if (left === 0) return
      left -= 1
      rates.delete(key)
      if (!isFull(rate, now)) rates.set(key, rate)
    }
  }

  const rateOf = (key: string, now: number): Rate => {
    const known = rates.get(key)
    if (known) return known
    tidy(now)
    const rate = createRate(perSecond, now, burst)
    rates.set(key, rate)
    return rate
  }

  return {
    take: (key, cost = 1) => {
      const now = clock.now()
      return take(rateOf(key, now), now, cost)
    },
    charge: (key, cost = 1) => {
      const now = clock.now()
      charge(rateOf(key, now), now, cost)
    },
    waitMs: (key) => {
      const known = rates.get(key)
      return known ? waitFor(known, clock.now()) : 0
    },
    left: (key) => {
      const known = rates.get(key)
      return known ? leftOf(known, clock.now()) : burst
    },
    get size() {
      return rates.size
    },
  }
}
