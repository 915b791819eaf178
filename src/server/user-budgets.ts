import type { Viewer } from '../auth/viewer.ts'
import { type BudgetOptions, createBudget, createQuota, type Refusing } from '../lib/budget.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { LimitKey, Limits } from '../lib/limits.ts'
import type { Reject } from './server-stats.ts'

/**
 * What one user may do on this node, over all sockets, HTTP and Server-Sent Events together. RATE_LIMITED says when to try again;
 * BAD_USER_INPUT that it never fits. Backends have no budgets: they are the product itself, which knows what it sends, and
 * what they are refused the product loses.
 */
export interface UserBudgets {
  /** Counts an operation that is to begin. Throws RATE_LIMITED. */
  begin(viewer: Viewer): void
  /** Counts what an operation costs before it is executed; returns what is left, null without a budget. Throws RATE_LIMITED. */
  spend(viewer: Viewer, cost: number): number | null
  /** Counts so many bytes that a user has sent, before they are read. Throws RATE_LIMITED. */
  read(viewer: Viewer, bytes: number): void
  /** Counts a document that is not known, before it is checked. Throws RATE_LIMITED or BAD_USER_INPUT. */
  check(viewer: Viewer, document: string): void
  /** Counts so many bytes that were read for an answer, after that. */
  answer(viewer: Viewer, bytes: number): void
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
  readonly rejects: Counter
  readonly clock: Pick<Clock, 'now'>
}

/** Reading so many bytes takes about as long as reading a row. */
const BYTES_PER_COST = 512
/** Of an answer, which is read from the store, written as JSON and sent. */
const ANSWER_BYTES_PER_COST = 4_096
/** Of a document that is to be checked. */
const CHARACTERS_PER_COST = 8
/** Short documents are as good as known: whoever writes values into the text sends another one each time. */
const FREE_CHARACTERS = 256
const SECONDS_PER_MINUTE = 60
/** Seconds that somebody can have saved up: a page that is opened asks for much at once. */
const COST_SECONDS = 8
/** What a write takes beside its text. */
const ROW_BYTES = 256
/** Minutes that somebody can have saved up: a few long texts at once are usual, and many of them are not. */
const STORED_MINUTES = 4

/** What is said to a user who gets no more, and where it is counted. */
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
      // What one operation may cost must fit.
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
        // What one message may have must fit, however little may follow.
        burst: Math.max(storedBytesPerMinute * STORED_MINUTES, largest),
      },
      refusing('user_stored_bytes', 'MAX_STORED_BYTES_PER_MINUTE', 'Too much to store for this user.'),
    ),
  }
}

/** Starts with everybody's budget full. */
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
