import { isTokenExpired } from '../auth/token-errors.ts'
import { createBudget, createQuota } from '../lib/budget.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import { AppError } from '../lib/errors.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'

/**
 * What those may do who have shown no token that was accepted: little, and all of an address together. Whoever shows a good token is no
 * stranger, whatever others of the same address do.
 */
export interface Strangers {
  /** How many milliseconds strangers of an address have to wait; 0 when they are listened to. */
  waitMs(address: string): number
  /** Something was done for a stranger; 1 is a request without a document. */
  charge(address: string, cost?: number): void
  /** Counts a document before it is looked at for a stranger. Throws RATE_LIMITED. */
  requireDocument(address: string, document: string): void
  /** Counts an operation that is executed for a stranger, by what it costs. */
  chargeCost(address: string, cost: number): void
  /** Throws RATE_LIMITED when they have to wait. */
  requireRoom(address: string): void
  /** Counts an operation without a token. Throws RATE_LIMITED. */
  requireOperation(address: string, document: string): void
  /** Counts a token that was refused. Returns what to tell: RATE_LIMITED instead of a refusal when there were too many. */
  refused(address: string, error: unknown): unknown
  /** Takes in a socket without a token; returns how to leave. Throws RATE_LIMITED when there are too many of its address. */
  enter(address: string): Cancel
}

export interface StrangersOptions {
  readonly limits: Pick<Limits, 'anonymousPerSecond' | 'anonymousSockets'>
  /** Where it is counted that somebody had to wait. */
  readonly rejects: Counter
  readonly clock: Pick<Clock, 'now'>
}

/** How large a message or a body may be while nobody is known who sends it: part of one is held as long as its sender likes. */
export const STRANGER_BYTES = 32 * 1024

const BURST_SECONDS = 10
/** Checking a document takes longer than reading it. */
const CHARACTERS_PER_UNIT = 128
/** Of what an operation costs, for one request. */
const COST_PER_UNIT = 200
/** A token that was good once comes from somebody who was known: after a night, everybody of an office comes back with one. */
const EXPIRED_COST = 0.1
/** Whoever owes less has waited as long as they were told. */
const OWING = 0.01
/** There is no timer that would say when it is over: another socket has to end. */
const RETRY_AFTER_MS = 5_000

function adviceOn(key: LimitKey): string {
  return `Behind a proxy? Set TRUST_PROXY. Otherwise raise ${key}.`
}

/** Knows nobody yet. */
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
      // The request was counted when it came; documents of others that came with it may have used up more than there was.
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
