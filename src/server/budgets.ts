import type { Services } from '../graphql/context.ts'
import { type AddressOf, createAddressOf, type TrustedProxies } from '../lib/client-address.ts'
import type { Clock } from '../lib/clock.ts'
import { type Answers, createAnswers } from './answers.ts'
import { createPeerBudgets, type PeerBudgets } from './peer-budgets.ts'
import type { Refusals } from './refusals.ts'
import type { ServerStats } from './server-stats.ts'
import { createStrangers, type Strangers } from './strangers.ts'
import { createUserBudgets, type UserBudgets } from './user-budgets.ts'

export interface BudgetsOptions {
  readonly services: Services
  /** The proxies that are believed when they say where a request comes from; undefined: none. */
  readonly trustedProxies?: TrustedProxies | undefined
  readonly stats: ServerStats
  readonly refusals: Refusals
  readonly clock: Clock
}

/** All budgets of this node: of users, strangers, connections and answers. `addressOf` finds the address of a request. */
export interface Budgets {
  readonly budgets: UserBudgets
  readonly strangers: Strangers
  readonly peerBudgets: PeerBudgets
  readonly answers: Answers
  readonly addressOf: AddressOf
  /** The services, with a budget for the writes of each user. */
  readonly services: Services
}

/** Finds the address of a request. Reports requests that come through a proxy that is not configured: all of its clients look like one. */
function createReportingAddressOf({ trustedProxies, refusals }: BudgetsOptions): AddressOf {
  const addressOf = createAddressOf(trustedProxies)
  return (request) => {
    const address = addressOf(request)
    if (address.isShared) refusals.reportProxy()
    return address
  }
}

/** Returns all budgets of this node; at first all are full. */
export function createBudgets(options: BudgetsOptions): Budgets {
  const { services, stats, clock } = options
  const { limits } = services
  const { rejects } = stats
  const budgets = createUserBudgets({ limits, rejects, clock })
  const strangers = createStrangers({ limits, rejects, clock })
  return {
    budgets,
    strangers,
    peerBudgets: createPeerBudgets({ budgets, strangers, stats, clock }),
    answers: createAnswers({ answerBytes: limits.answerBytes, budgets }),
    addressOf: createReportingAddressOf(options),
    services: { ...services, requireWrite: budgets.write },
  }
}
