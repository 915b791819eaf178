import { setImmediate } from 'node:timers/promises'
import { buildSchema, GraphQLError, parse } from 'graphql'
import type { WebSocket } from 'ws'
import type { Bus } from '../../src/bus/bus.ts'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import { operationId } from '../../src/delivery/frame.ts'
import { createGroups } from '../../src/delivery/groups.ts'
import { isLogFeed } from '../../src/feed/follow.ts'
import type { TakeTimedTurn } from '../../src/lib/limiter.ts'
import type { Journal } from './journal.ts'
import { openOutbox } from './outbox.ts'

const SCHEMA = buildSchema('type Query { a: Int } type Subscription { line: String }')
const ARGS = { schema: SCHEMA, document: parse('subscription { line }'), documentDigest: 'any' }

/** Follows a journal in a group that hears this bus, and collects what comes. */
export const followTogether = async (journal: Journal, bus: Bus, take: TakeTimedTurn = () => undefined) => {
  const feed = await journal.follow()
  if (!isLogFeed(feed)) throw new Error('A journal is a log')
  const executeFor = () => (item: unknown) => ({ data: item as Record<string, unknown> })
  const readHead = async () => undefined
  const groups = createGroups({
    bus,
    executeFor,
    readHead,
    turns: { take, isBusy: () => true, takeLong: take, began: () => {} },
    lastResult: (error) => ({ errors: [new GraphQLError(String(error))] }),
    stats: createDeliveryStats(),
  })
  const results: unknown[] = []
  const ws = {
    bufferedAmount: 0,
    OPEN: 1,
    readyState: 1,
    send: (text: string) => results.push(JSON.parse(text).payload),
  } as unknown as WebSocket
  const seat = { outbox: openOutbox(ws), id: operationId('1'), open: undefined, onBegun: () => {} }
  const joined = groups.join(feed, seat, { args: ARGS, ending: { end: (last) => results.push(last) } })
  return { groups, results, source: feed.source, leave: () => joined.leave() }
}

/** Resolves when it is so. */
export const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await setImmediate()
}
