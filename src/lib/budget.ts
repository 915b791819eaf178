import { createCounts } from './counter.ts'
import { AppError, badInput } from './errors.ts'
import { createRates, type RatesOptions } from './rates.ts'

/** The error for a caller who gets no more. */
export interface Refusing {
  readonly message: string
  /** What operators can set, such as `Raise MAX_WRITES_PER_MINUTE`. For the log; the caller does not see it. */
  readonly advice: string
  /** Called for each refusal. */
  readonly onRefused?: () => void
}

/** What may be done for each key in the course of time. Example: how many mutations a user may send per minute. */
export interface Budget {
  /**
   * Takes `cost` before something is done. Throws RATE_LIMITED when less is left now, BAD_USER_INPUT when `cost` is more than there ever
   * is.
   */
  take(key: string, cost?: number): void
  /** Takes `cost` for something that is done in any case. Never throws. */
  charge(key: string, cost?: number): void
  /** How many milliseconds until the next unit of cost can be taken; 0 when it can be now. */
  waitMs(key: string): number
  /** How much cost is left for a key now. */
  left(key: string): number
  /** The error for a key that has nothing left, for the caller to throw or to send. Undefined when something is left. */
  refusal(key: string): AppError | undefined
}

export interface BudgetOptions extends RatesOptions, Refusing {}

/** The error of a refusal. `retryAfterMs` undefined: the caller has to end something first. Infinity: trying again never helps. */
function refusalOf({ message, advice, onRefused }: Refusing, retryAfterMs: number | undefined): AppError {
  onRefused?.()
  if (retryAfterMs === Number.POSITIVE_INFINITY) return badInput(`${message} This one never fits.`)
  return new AppError('RATE_LIMITED', message, retryAfterMs === undefined ? {} : { retryAfterMs }, { advice })
}

/** A budget that begins full for every key. */
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

/** How many of something there may be for each key at a time. Example: sockets of a user. */
export interface Quota {
  /** Counts `count` more (1 when left out). Throws RATE_LIMITED, and counts nothing, when that would be more than `max`. */
  enter(key: string, count?: number): void
  /** Counts `count` fewer (1 when left out). */
  leave(key: string, count?: number): void
}

export interface QuotaOptions extends Refusing {
  readonly max: number
  /** Milliseconds after which a refused client should try again. Undefined: waiting does not help, since it has to end something first. */
  readonly retryAfterMs?: number
}

/** A quota in which nothing is counted yet. */
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
