import { GraphQLError, parse } from 'graphql'
import type { Bus } from '../../src/bus/bus.ts'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import type { Execute } from '../../src/delivery/execute.ts'
import type { LogDeliveryMeans } from '../../src/delivery/log-delivery.ts'
import { openGroup } from '../../src/delivery/log-group.ts'
import type { TimeLimiter } from '../../src/lib/limiter.ts'

/** What nobody looks at who delivers items as they are. */
export const ANY_ARGS = { documentDigest: 'any', document: parse('{ a }') } as never

/** Nobody waits for a turn. */
export const NO_TURNS: TimeLimiter = {
  take: () => undefined,
  isBusy: () => false,
  takeLong: () => undefined,
  began: () => {},
}

/** A result whose data is the item. */
export const itself: Execute = (item) => ({ data: item as Record<string, unknown> })

/** Tells what ended a subscription; `reasonOf` finds it again. */
export function lastResult(error: unknown) {
  return {
    errors: [new GraphQLError(String(error), { originalError: error as Error })],
  }
}

/** Delivers logs, each in a group of its own. */
export function logMeans(bus: Bus, turns: TimeLimiter = NO_TURNS): LogDeliveryMeans {
  const means = {
    bus,
    readHead: async () => undefined,
    takePageTurn: async () => {},
    turns,
    stats: createDeliveryStats(),
    onEmpty: () => {},
  }
  return { groupOf: (log) => openGroup('test', log, itself, means), lastResult, renewHistory: async () => {} }
}
