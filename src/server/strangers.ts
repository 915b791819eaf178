import { LRUCache } from 'lru-cache'
import { isTokenExpired } from '../auth/token-errors.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { charge, createRate, type Rate, waitFor } from '../lib/rate.ts'
import type { Tally } from '../lib/tally.ts'

/**
 * What those may do who have shown no token that was accepted: little, and all of an address together. Whoever shows a good token is no
 * stranger, whatever others of the same address do.
 */
export interface Strangers {
  /** How many milliseconds strangers of an address have to wait; 0 when they are listened to. */
  waitMs(address: string): number
  /** Something was done for a stranger; 1 is a request without a document. */
  charge(address: string, cost?: number): void
  /** Counts a document that is looked at for a stranger. */
  chargeDocument(address: string, document: string): void
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
  readonly rejects: Tally
  readonly clock: Pick<Clock, 'now'>
}

const BURST_SECONDS = 10
/** Forgetting one gives it a full bucket, which is worth less than the addresses that it takes to make it forgotten. */
const MAX_ADDRESSES = 10_000
/** Checking a document takes longer than reading it. */
const CHARACTERS_PER_UNIT = 128
/** Of what an operation costs, for one request. */
const COST_PER_UNIT = 200
/** A token that was good once comes from somebody who was known: after a night, everybody of an office comes back with one. */
const EXPIRED_COST = 0.1
/** There is no timer that would say when it is over: another socket has to end. */
const RETRY_AFTER_MS = 5_000

const tooMany = (message: string, retryAfterMs: number, advice: string): AppError =>
  new AppError('RATE_LIMITED', message, { retryAfterMs }, { advice })

/** Knows nobody yet. */
export const createStrangers = ({ limits, rejects, clock }: StrangersOptions): Strangers => {
  const { anonymousPerSecond, anonymousSockets } = limits
  const rates = new LRUCache<string, Rate>({ max: MAX_ADDRESSES })
  const sockets = new Map<string, number>()

  const pay = (address: string, cost = 1): void => {
    const now = clock.now()
    const rate = rates.get(address) ?? createRate(anonymousPerSecond, now, anonymousPerSecond * BURST_SECONDS)
    rates.set(address, rate)
    charge(rate, now, cost)
  }

  const waitMs = (address: string): number => {
    const rate = rates.get(address)
    return rate ? waitFor(rate, clock.now()) : 0
  }

  const mustWait = (ms: number): AppError => {
    rejects.add('anonymous_per_second')
    const message = 'Too many requests without a valid token from this address.'
    return tooMany(message, ms, 'Behind a proxy? Set TRUST_PROXY. Otherwise raise MAX_ANONYMOUS_PER_SECOND.')
  }

  const requireRoom = (address: string): void => {
    const ms = waitMs(address)
    if (ms > 0) throw mustWait(ms)
  }

  const leave = (address: string): void => {
    const left = (sockets.get(address) ?? 0) - 1
    if (left > 0) sockets.set(address, left)
    else sockets.delete(address)
  }

  return {
    waitMs,
    charge: pay,
    chargeDocument: (address, { length }) => pay(address, length / CHARACTERS_PER_UNIT),
    chargeCost: (address, cost) => pay(address, cost / COST_PER_UNIT),
    requireRoom,
    requireOperation: (address, { length }) => {
      requireRoom(address)
      pay(address, 1 + length / CHARACTERS_PER_UNIT)
    },
    refused: (address, error) => {
      if (!(error instanceof AppError) || error.code !== 'UNAUTHENTICATED') return error
      const isExpired = isTokenExpired(error)
      const ms = isExpired ? 0 : waitMs(address)
      pay(address, isExpired ? EXPIRED_COST : 1)
      return ms > 0 ? mustWait(ms) : error
    },
    enter: (address) => {
      const count = sockets.get(address) ?? 0
      if (count >= anonymousSockets) {
        rejects.add('anonymous_sockets')
        const message = `This address has ${anonymousSockets} connections without a token already.`
        throw tooMany(
          message,
          RETRY_AFTER_MS,
          'Behind a proxy? Set TRUST_PROXY. Otherwise raise MAX_ANONYMOUS_SOCKETS.',
        )
      }
      sockets.set(address, count + 1)
      let isOver = false
      return () => {
        if (!isOver) leave(address)
        isOver = true
      }
    },
  }
}
