import type { Viewer } from '../auth/viewer.ts'
import { type BudgetOptions, createBudget, createQuota, type Refusing } from '../lib/budget.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'
import type { Reject } from './server-stats.ts'

/**
 * What one user may do on this node, over WebSockets and HTTP together. RATE_LIMITED says when to try again, and BAD_USER_INPUT that
 * something never fits. Backends have no budgets: they belong to the product, which knows what it sends and would lose what is refused.
 */
export interface UserBudgets {
  /** Counts an operation before it begins. Throws RATE_LIMITED. */
  begin(viewer: Viewer): void
  /**
   * Counts the cost of an operation before it is executed. Returns the cost that the user has left, or null for a user without a budget.
   * Throws RATE_LIMITED.
   */
  spend(viewer: Viewer, cost: number): number | null
  /** Counts bytes that a user has sent, before they are read. Throws RATE_LIMITED. */
  read(viewer: Viewer, bytes: number): void
  /** Counts a document that is not in the cache, before it is checked. Throws RATE_LIMITED or BAD_USER_INPUT. */
  check(viewer: Viewer, document: string): void
  /** Counts bytes that were read for an answer, after they were read. Never throws. */
  answer(viewer: Viewer, bytes: number): void
  /** Counts a write and the bytes that it stores. Throws RATE_LIMITED or BAD_USER_INPUT. */
  write(viewer: Viewer, bytes: number): void
  /** Counts one more subscription. Throws RATE_LIMITED. */
  subscribe(userId: string): void
  /** Ends the counting of a subscription. */
  unsubscribe(userId: string): void
}

export interface UserBudgetsOptions {
  readonly limits: Limits
  /** Counts refusals, by the budget that was used up. */
  readonly rejects: Counter
  readonly clock: Pick<Clock, 'now'>
}

/** To read so many bytes of a request takes about as long as to read a row, which costs 1. */
const BYTES_PER_COST = 512
/** So many bytes of an answer cost 1: they are read from the store, written as JSON and sent. */
const ANSWER_BYTES_PER_COST = 4_096
/** So many characters of a document that has to be checked cost 1. */
const CHARACTERS_PER_COST = 8
/** So many characters of a document cost nothing. A client that writes values into its text sends another short document each time. */
const FREE_CHARACTERS = 256
const SECONDS_PER_MINUTE = 60
/** How many seconds of the cost budget a user can save up: a page asks for much at once when it is opened. */
const COST_SECONDS = 8
/** Bytes that a write stores beside its text. */
const ROW_BYTES = 256
/** How many minutes of the storage budget a user can save up: a few long texts at once are usual, many of them are not. */
const STORED_MINUTES = 4

/** Returns a function that makes the refusal of a budget: its message, its advice for operators, and where it is counted. */
function refusingWith(rejects: Counter) {
  return (reject: Reject, key: LimitKey, message: string): Refusing => ({
    message,
    advice: `A client that means it? Raise ${key}.`,
    onRefused: () => rejects.add(reject),
  })
}

function createBudgets({ limits, rejects, clock }: UserBudgetsOptions) {
  const { userOperationsPerSecond, userCostPerSecond, operationCost } = limits
  const { writesPerMinute, storedBytesPerMinute, messageBytes, dataBytes } = limits
  const refusing = refusingWith(rejects)
  const largest = messageBytes + dataBytes + ROW_BYTES
  const budgetOf = (rate: Pick<BudgetOptions, 'perSecond' | 'burst'>, told: Refusing) =>
    createBudget({ clock, ...rate, ...told })
  return {
    operations: budgetOf(
      { perSecond: userOperationsPerSecond, burst: userOperationsPerSecond * 2 },
      refusing('user_operations', 'MAX_USER_OPERATIONS_PER_SECOND', 'Too many operations of this user.'),
    ),
    costs: budgetOf(
      // The most that one operation may cost must fit.
      { perSecond: userCostPerSecond, burst: Math.max(userCostPerSecond * COST_SECONDS, operationCost) },
      refusing('user_cost', 'MAX_USER_COST_PER_SECOND', 'The operations of this user cost too much together.'),
    ),
    writes: budgetOf(
      { perSecond: writesPerMinute / SECONDS_PER_MINUTE, burst: writesPerMinute },
      refusing('user_writes', 'MAX_WRITES_PER_MINUTE', 'Too many writes of this user.'),
    ),
    stored: budgetOf(
      {
        perSecond: storedBytesPerMinute / SECONDS_PER_MINUTE,
        // The largest message must fit, however little may follow.
        burst: Math.max(storedBytesPerMinute * STORED_MINUTES, largest),
      },
      refusing('user_stored_bytes', 'MAX_STORED_BYTES_PER_MINUTE', 'Too much to store for this user.'),
    ),
  }
}

/** Returns the budgets of all users on this node; at first all are full. */
export function createUserBudgets(options: UserBudgetsOptions): UserBudgets {
  const { limits, rejects } = options
  const { operations, costs, writes, stored } = createBudgets(options)
  const max = limits.subscriptionsPerUser
  const subscriptions = createQuota({
    max,
    message: `You have ${max} subscriptions already. End one first.`,
    advice: 'One user needs more? Raise MAX_SUBSCRIPTIONS_PER_USER.',
    onRefused: () => rejects.add('subscriptions_per_user'),
  })

  return {
    begin: ({ userId, role }) => {
      if (role !== 'BACKEND') operations.take(userId)
    },
    spend: ({ userId, role }, cost) => {
      if (role === 'BACKEND') return null
      costs.take(userId, cost)
      return Math.floor(costs.left(userId))
    },
    read: ({ userId, role }, bytes) => {
      const cost = Math.floor(bytes / BYTES_PER_COST)
      if (role !== 'BACKEND' && cost > 0) costs.take(userId, cost)
    },
    check: ({ userId, role }, { length }) => {
      const cost = Math.floor((length - FREE_CHARACTERS) / CHARACTERS_PER_COST)
      if (role !== 'BACKEND' && cost > 0) costs.take(userId, cost)
    },
    answer: ({ userId, role }, bytes) => {
      const cost = Math.floor(bytes / ANSWER_BYTES_PER_COST)
      if (role !== 'BACKEND' && cost > 0) costs.charge(userId, cost)
    },
    write: ({ userId, role }, bytes) => {
      if (role === 'BACKEND') return
      writes.take(userId)
      if (bytes > 0) stored.take(userId, ROW_BYTES + bytes)
    },
    subscribe: (userId) => subscriptions.enter(userId),
    unsubscribe: (userId) => subscriptions.leave(userId),
  }
}
