import type { Viewer } from '../auth/viewer.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError, badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'
import { createRates, type Rates } from '../lib/rates.ts'
import type { Tally } from '../lib/tally.ts'
import type { Reject } from './server-stats.ts'

/**
 * What one user may do on this node, over all sockets, HTTP and Server-Sent Events together. RATE_LIMITED says when to try again;
 * BAD_USER_INPUT that it never fits. Backends have no budgets: they are the product itself, which knows what it sends, and
 * what they are refused the product loses.
 */
export interface UserBudgets {
  /** Counts an operation that is to begin. Throws RATE_LIMITED. */
  begin(viewer: Viewer): void
  /** Counts what an operation costs before it is executed. Throws RATE_LIMITED. */
  spend(viewer: Viewer, cost: number): void
  /** Counts a write and the bytes that it stores. Throws RATE_LIMITED or BAD_USER_INPUT. */
  write(viewer: Viewer, bytes: number): void
  /** Counts one more subscription. Throws RATE_LIMITED. */
  subscribe(userId: string): void
  /** A subscription is over. */
  unsubscribe(userId: string): void
}

export interface UserBudgetsOptions {
  readonly limits: Limits
  /** Where it is counted that somebody had to wait. */
  readonly rejects: Tally
  readonly clock: Pick<Clock, 'now'>
}

const SECONDS_PER_MINUTE = 60
/** Seconds that somebody can have saved up: a page that is opened asks for much at once. */
const COST_SECONDS = 8
/** What a write takes beside its text. */
const ROW_BYTES = 256
/** Minutes that somebody can have saved up: a few long texts at once are usual, and many of them are not. */
const STORED_MINUTES = 4

interface Budget {
  readonly rates: Rates
  readonly reject: Reject
  readonly message: string
  readonly key: string
}

/** Makes the taking from a budget. */
const createTake =
  ({ rejects }: Pick<UserBudgetsOptions, 'rejects'>) =>
  ({ rates, reject, message, key }: Budget, userId: string, cost?: number): void => {
    const retryAfterMs = rates.take(userId, cost)
    if (retryAfterMs === 0) return
    rejects.add(reject)
    const advice = `A client that means it? Raise ${key}.`
    if (retryAfterMs === Number.POSITIVE_INFINITY) throw badInput(`${message} This one never fits.`)
    throw new AppError('RATE_LIMITED', message, { retryAfterMs }, { advice })
  }

const createBudgets = ({ limits, clock }: UserBudgetsOptions) => {
  const { userOperationsPerSecond, userCostPerSecond, operationCost } = limits
  const { writesPerMinute, storedBytesPerMinute, messageBytes, dataBytes } = limits
  const largest = messageBytes + dataBytes + ROW_BYTES
  return {
    operations: {
      rates: createRates({ clock, perSecond: userOperationsPerSecond, burst: userOperationsPerSecond * 2 }),
      reject: 'user_operations',
      message: 'Too many operations of this user.',
      key: 'MAX_USER_OPERATIONS_PER_SECOND',
    },
    costs: {
      rates: createRates({
        clock,
        perSecond: userCostPerSecond,
        // What one operation may cost must fit.
        burst: Math.max(userCostPerSecond * COST_SECONDS, operationCost),
      }),
      reject: 'user_cost',
      message: 'The operations of this user cost too much together.',
      key: 'MAX_USER_COST_PER_SECOND',
    },
    writes: {
      rates: createRates({ clock, perSecond: writesPerMinute / SECONDS_PER_MINUTE, burst: writesPerMinute }),
      reject: 'user_writes',
      message: 'Too many writes of this user.',
      key: 'MAX_WRITES_PER_MINUTE',
    },
    stored: {
      rates: createRates({
        clock,
        perSecond: storedBytesPerMinute / SECONDS_PER_MINUTE,
        // What one message may have must fit, however little may follow.
        burst: Math.max(storedBytesPerMinute * STORED_MINUTES, largest),
      }),
      reject: 'user_stored_bytes',
      message: 'Too much to store for this user.',
      key: 'MAX_STORED_BYTES_PER_MINUTE',
    },
  } as const satisfies Readonly<Record<string, Budget>>
}

/** Starts with everybody's budget full. */
export const createUserBudgets = (options: UserBudgetsOptions): UserBudgets => {
  const { limits, rejects } = options
  const { operations, costs, writes, stored } = createBudgets(options)
  const take = createTake(options)
  const subscriptions = new Map<string, number>()

  return {
    begin: ({ userId, role }) => {
      if (role !== 'BACKEND') take(operations, userId)
    },
    spend: ({ userId, role }, cost) => {
      if (role !== 'BACKEND') take(costs, userId, cost)
    },
    write: ({ userId, role }, bytes) => {
      if (role === 'BACKEND') return
      take(writes, userId)
      if (bytes > 0) take(stored, userId, ROW_BYTES + bytes)
    },
    subscribe: (userId) => {
      const count = subscriptions.get(userId) ?? 0
      if (count >= limits.subscriptionsPerUser) {
        rejects.add('subscriptions_per_user')
        const message = `You have ${limits.subscriptionsPerUser} subscriptions already. End one first.`
        const advice = 'One user needs more? Raise MAX_SUBSCRIPTIONS_PER_USER.'
        throw new AppError('RATE_LIMITED', message, {}, { advice })
      }
      subscriptions.set(userId, count + 1)
    },
    unsubscribe: (userId) => {
      const left = (subscriptions.get(userId) ?? 0) - 1
      if (left > 0) subscriptions.set(userId, left)
      else subscriptions.delete(userId)
    },
  }
}
