import { parse, print } from 'graphql'
import { expect, test } from 'vitest'
import { createDeliveryStats } from '../../src/delivery/delivery-stats.ts'
import type { Scope } from '../../src/delivery/description.ts'
import { operationId } from '../../src/delivery/message.ts'
import { createWriteOnce } from '../../src/delivery/render.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { NO_TURNS } from '../support/delivery.ts'

const schema = createSchema()
const ID = operationId('1')

function open() {
  const stats = createDeliveryStats()
  const writeOnce = createWriteOnce({
    executeFor: () => (item) => ({ data: { item } }),
    turns: NO_TURNS,
    stats,
  })
  const write = (
    document: ReturnType<typeof parse>,
    scope: Scope = 'everyone',
    variableValues: Record<string, unknown> = {},
  ) => writeOnce({ source: 'any', scope }, { schema, document, documentDigest: print(document), variableValues })
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

test('an item is executed anew for another operation, other variables, another scope, and as another item', async () => {
  const { stats, write } = open()
  const item = { isTyping: true }
  const other = parse('subscription { userTyping(ticketId: "1") { expiresAt } }')
  await write(typing)(item)
  await write(other)(item)
  await write(typing, { audience: 'staff' })(item)
  await write(typing, 'everyone', { a: 1 })(item)
  await write(typing)({ isTyping: true })
  expect(stats.rendered).toBe(5)
})
