import { parse, print } from 'graphql'
import { expect, test } from 'vitest'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import { operationId } from '../../src/delivery/frame.ts'
import { createSharedItems } from '../../src/delivery/shared-items.ts'
import type { Feed } from '../../src/feed/feed.ts'
import { createSchema } from '../../src/graphql/schema.ts'

const schema = createSchema()
const ID = operationId('1')

const feed = (scope: string): Feed<unknown> => ({
  kind: 'state',
  source: 'any',
  scope,
  [Symbol.asyncIterator]: () => {
    throw new Error('Nobody reads here.')
  },
})

const open = () => {
  const stats = createDeliveryStats()
  const sharedItems = createSharedItems({
    executeFor: () => (item) => ({ data: { item } }),
    turns: { take: () => undefined, isBusy: () => false, takeLong: () => undefined, began: () => {} },
    stats,
  })
  const write = (document: ReturnType<typeof parse>, scope = '', variableValues: Record<string, unknown> = {}) =>
    sharedItems(feed(scope), { schema, document, documentDigest: print(document), variableValues })
  return { stats, write }
}

const typing = parse('subscription { userTyping(ticketId: "1") { isTyping } }')

test('an item is executed and written once for all who ask the same with the same scope', async () => {
  const { stats, write } = open()
  const item = { isTyping: true }
  const messages = Array.from({ length: 100 }, () => write(typing)(item))
  expect(new Set(messages).size).toBe(1)
  expect((await messages[0])?.text(ID)).toBe('{"id":"1","type":"next","payload":{"data":{"item":{"isTyping":true}}}}')
  expect(stats.rendered).toBe(1)
})

test('an item is executed anew for another question, other variables, another scope, and as another item', async () => {
  const { stats, write } = open()
  const item = { isTyping: true }
  const other = parse('subscription { userTyping(ticketId: "1") { expiresAt } }')
  await write(typing)(item)
  await write(other)(item)
  await write(typing, 'staff')(item)
  await write(typing, '', { a: 1 })(item)
  await write(typing)({ isTyping: true })
  expect(stats.rendered).toBe(5)
})
