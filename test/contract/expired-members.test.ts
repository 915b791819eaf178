import { setImmediate } from 'node:timers/promises'
import { buildSchema, parse } from 'graphql'
import { expect, test } from 'vitest'
import type { WebSocket } from 'ws'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import { operationId } from '../../src/delivery/frame.ts'
import { createGroups } from '../../src/delivery/groups.ts'
import { isLogFeed } from '../../src/feed/follow.ts'
import { createManualClock } from '../support/clock.ts'
import { silentLog } from '../support/embedded.ts'
import { openJournal } from '../support/journal.ts'
import { openOutbox } from '../support/outbox.ts'

const SCHEMA = buildSchema('type Query { a: Int } type Subscription { line: String }')
const ARGS = { schema: SCHEMA, document: parse('subscription { line }'), documentDigest: 'any' }

/** Follows a journal in a group, and collects what comes. */
const followTogether = async () => {
  const journal = await openJournal()
  const feed = await journal.follow()
  if (!isLogFeed(feed)) throw new Error('A journal is a log')
  const bus = createBus({ clock: createManualClock(), log: silentLog(), openLink: openLocalLink })
  const executeFor = () => (item: unknown) => ({ data: item as Record<string, unknown> })
  const readHead = async () => undefined
  const groups = createGroups({ bus, executeFor, readHead, stats: createDeliveryStats() })
  const results: unknown[] = []
  const ws = {
    bufferedAmount: 0,
    OPEN: 1,
    readyState: 1,
    send: (text: string) => results.push(JSON.parse(text).payload),
  } as unknown as WebSocket
  const seat = { outbox: openOutbox(ws), id: operationId('1'), open: undefined, onBegun: () => {} }
  const leave = groups.join(feed, ARGS, { ...seat, fail: (error) => results.push({ error }) })
  return { journal, groups, results, source: feed.source, leave }
}

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await setImmediate()
}

test('followers of a log with another history are told so at once, and go on where it stands', async () => {
  const { journal, groups, results, source, leave } = await followTogether()
  await journal.append('one', 'two')
  groups.expire('another log')
  groups.expire(source)
  await until(() => results.length > 0)
  expect(results).toMatchObject([{ data: { text: 'two' }, extensions: { resume: 'expired' } }])
  groups.expire(source)
  await until(() => results.length > 1)
  expect(results[1]).toMatchObject({ data: { text: 'two' }, extensions: { resume: 'expired' } })
  leave()
})
