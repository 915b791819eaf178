import { isTokenExpired } from '../auth/token-errors.ts'
import { createBudget, createQuota } from '../lib/budget.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'

/**
 * The budgets of strangers: clients that have shown no token that was accepted. All strangers of one address share a small budget. A client
 * with a good token is no stranger, whatever others of its address do.
 */
export interface Strangers {
  /** How many milliseconds strangers of an address have to wait; 0 when they need not. */
  waitMs(address: string): number
  /** Charges what was done for a stranger. A `cost` of 1, the default, is one request without a document. Never throws. */
  charge(address: string, cost?: number): void
  /** Counts a document before it is read for a stranger. Throws RATE_LIMITED. */
  requireDocument(address: string, document: string): void
  /** Charges an operation that is executed for a stranger, by its cost. Never throws. */
  chargeCost(address: string, cost: number): void
  /** Throws RATE_LIMITED when strangers of an address have to wait. Counts nothing. */
  requireRoom(address: string): void
  /** Counts an operation of a stranger, with its document. Throws RATE_LIMITED. */
  requireOperation(address: string, document: string): void
  /** Counts a token that was refused. Returns the error for the client: RATE_LIMITED when there were too many, else `error`. */
  refused(address: string, error: unknown): unknown
  /**
   * Counts a connection without a token; returns the function that ends the counting. Throws RATE_LIMITED when its address has too many.
   */
  enter(address: string): Cancel
}

export interface StrangersOptions {
  readonly limits: Pick<Limits, 'anonymousPerSecond' | 'anonymousSockets'>
  /** Counts refusals, by the budget that was used up. */
  readonly rejects: Counter
  readonly clock: Pick<Clock, 'now'>
}

/** The largest message or body of a stranger, in bytes. Part of one is held in memory as long as its sender likes. */
export const STRANGER_BYTES = 32 * 1024

const BURST_SECONDS = 10
/** So many characters of a document are charged like one request: checking takes longer than reading. */
const CHARACTERS_PER_UNIT = 128
/** So much cost of an operation is charged like one request. */
const COST_PER_UNIT = 200
/**
 * What an expired token is charged, where a refused one is charged 1. It comes from a known user: after a night, all users of an office
 * come back with one.
 */
const EXPIRED_COST = 0.1
/** A debt below this does not count: its client has waited as long as it was told to. */
const OWING = 0.01
/** What `retryAfterMs` says to an address with too many connections. It is a guess: another connection has to end first. */
const RETRY_AFTER_MS = 5_000

function adviceOn(key: LimitKey): string {
  return `Behind a proxy? Set TRUST_PROXY. Otherwise raise ${key}.`
}

/** Returns the budgets of strangers; at first all are full. */
export function createStrangers({ limits, rejects, clock }: StrangersOptions): Strangers {
  const { anonymousPerSecond, anonymousSockets } = limits
  const budget = createBudget({
    clock,
    perSecond: anonymousPerSecond,
    burst: anonymousPerSecond * BURST_SECONDS,
    message: 'Too many requests without a valid token from this address.',
    advice: adviceOn('MAX_ANONYMOUS_PER_SECOND'),
    onRefused: () => rejects.add('anonymous_per_second'),
  })
  const sockets = createQuota({
    max: anonymousSockets,
    retryAfterMs: RETRY_AFTER_MS,
    message: `This address has ${anonymousSockets} connections without a token already.`,
    advice: adviceOn('MAX_ANONYMOUS_SOCKETS'),
    onRefused: () => rejects.add('anonymous_sockets'),
  })

  const requireRoom = (address: string): void => {
    const refusal = budget.refusal(address)
    if (refusal) throw refusal
  }

  return {
    waitMs: budget.waitMs,
    charge: budget.charge,
    requireDocument: (address, { length }) => {
      // The request itself was counted when it came. Since then, documents of other requests may have used up more than there was.
      const refusal = budget.left(address) < -OWING ? budget.refusal(address) : undefined
      if (refusal) throw refusal
      budget.charge(address, length / CHARACTERS_PER_UNIT)
    },
    chargeCost: (address, cost) => budget.charge(address, cost / COST_PER_UNIT),
    requireRoom,
    requireOperation: (address, { length }) => {
      requireRoom(address)
      budget.charge(address, 1 + length / CHARACTERS_PER_UNIT)
    },
    refused: (address, error) => {
      if (!(error instanceof AppError) || error.code !== 'UNAUTHENTICATED') return error
      const isExpired = isTokenExpired(error)
      const refusal = isExpired ? undefined : budget.refusal(address)
      budget.charge(address, isExpired ? EXPIRED_COST : 1)
      return refusal ?? error
    },
    enter: (address) => {
      sockets.enter(address)
      let isOver = false
      return () => {
        if (!isOver) sockets.leave(address)
        isOver = true
      }
    },
  }
}
