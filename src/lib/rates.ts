import type { Clock } from './clock.ts'
import { charge, createRate, isFull, leftOf, type Rate, take, waitFor } from './rate.ts'

/**
 * A rate (token bucket) for each key, such as a user. A rate is kept only until it is full again, so memory follows the present load. A
 * client with many keys cannot push out the rates of others.
 */
export interface Rates {
  /**
   * Takes `cost` (1 when left out) and returns 0. When it is not left, takes nothing and returns the milliseconds to wait: Infinity for
   * never.
   */
  take(key: string, cost?: number): number
  /** Takes `cost` (1 when left out) for something that was done already, even when it is not left. */
  charge(key: string, cost?: number): void
  /** How many milliseconds until 1 is left; 0 when it is now. Does not add the key. */
  waitMs(key: string): number
  /** How much is left. Does not add the key. */
  left(key: string): number
  /** How many keys have a rate in memory. */
  readonly size: number
}

export interface RatesOptions {
  readonly clock: Pick<Clock, 'now'>
  readonly perSecond: number
  /** The most that can be taken at once. */
  readonly burst: number
}

/** For each new rate so many old ones are checked, and dropped when full. More are dropped than come, so that they cannot pile up. */
const LOOKED_AT = 2

/** Rates that are full for every key. */
export function createRates({ clock, perSecond, burst }: RatesOptions): Rates {
  const rates = new Map<string, Rate>()

  /** Checks the first rates of the map. A full one is dropped; another one goes to the end. */
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
