import { createCounts } from './counts.ts'
import { AppError, badInput } from './errors.ts'
import { createRates, type RatesOptions } from './rates.ts'

/** What is said to whoever gets no more. */
export interface Refusing {
  readonly message: string
  /** What operators can set, for the log. */
  readonly advice: string
  /** Called each time that it is said. */
  readonly onRefused?: () => void
}

/** What may be done for each key, such as a user, in the course of time. */
export interface Budget {
  /** Takes `cost` before something is done. Throws RATE_LIMITED when it is not left, BAD_USER_INPUT when it never will be. */
  take(key: string, cost?: number): void
  /** Takes `cost` for what is done in any case. */
  charge(key: string, cost?: number): void
  /** How many milliseconds until anything is left; 0 when something is. */
  waitMs(key: string): number
  /** How much is left. */
  left(key: string): number
  /** What to tell somebody who has nothing left; undefined when something is. */
  refusal(key: string): AppError | undefined
}

export interface BudgetOptions extends RatesOptions, Refusing {}

/** What to tell whoever can try again after a time, after something has ended (undefined), or never (Infinity). */
function refusalOf({ message, advice, onRefused }: Refusing, retryAfterMs: number | undefined): AppError {
  onRefused?.()
  if (retryAfterMs === Number.POSITIVE_INFINITY) return badInput(`${message} This one never fits.`)
  return new AppError('RATE_LIMITED', message, retryAfterMs === undefined ? {} : { retryAfterMs }, { advice })
}

/** Starts with everybody's budget full. */
export function createBudget(options: BudgetOptions): Budget {
  const rates = createRates(options)
  return {
    take: (key, cost) => {
      const retryAfterMs = rates.take(key, cost)
      if (retryAfterMs > 0) throw refusalOf(options, retryAfterMs)
    },
    charge: rates.charge,
    waitMs: rates.waitMs,
    left: rates.left,
    refusal: (key) => {
      const retryAfterMs = rates.waitMs(key)
      return retryAfterMs > 0 ? refusalOf(options, retryAfterMs) : undefined
    },
  }
}

/** What there may be for each key at a time. */
export interface Quota {
  /** So many more. Throws RATE_LIMITED, and counts nothing then, when they are too many. */
  enter(key: string, count?: number): void
  /** So many are over. */
  leave(key: string, count?: number): void
}

export interface QuotaOptions extends Refusing {
  readonly max: number
  /** When to try again; undefined where that is up to the client, which has to end something. */
  readonly retryAfterMs?: number
}

/** Starts with nothing. */
export function createQuota({ max, retryAfterMs, ...refusing }: QuotaOptions): Quota {
  const counts = createCounts()
  return {
    enter: (key, count = 1) => {
      if (counts.of(key) + count > max) throw refusalOf(refusing, retryAfterMs)
      counts.add(key, count)
    },
    leave: (key, count = 1) => void counts.add(key, -count),
  }
}
