import fc from 'fast-check'
import { type ExecutionArgs, execute, parse } from 'graphql'
import { expect, test } from 'vitest'
import { createExecute } from '../../src/delivery/execute.ts'
import { createSchema } from '../../src/graphql/schema.ts'
import { randomDocument } from '../support/random-document.ts'

const schema = createSchema()
const RUNS = 150

const actor = fc.record({
  id: fc.string(),
  role: fc.constantFrom('CUSTOMER', 'AGENT', 'ADMIN', 'BACKEND'),
  name: fc.option(fc.string()),
  avatarUrl: fc.option(fc.string()),
})
const time = fc.integer({ min: 0, max: 4e12 })
const data = fc.option(fc.dictionary(fc.string(), fc.jsonValue()))
const number = fc.nat(1e6)
const unread = fc.record({
  count: number,
  isCapped: fc.boolean(),
  byCategory: fc.array(fc.record({ category: fc.string(), count: number }), { maxLength: 3 }),
  unseen: fc.record({ count: number, isCapped: fc.boolean() }),
  revision: number,
})
const notification = fc.record({
  id: fc.uuid(),
  type: fc.string(),
  category: fc.string(),
  title: fc.string({ unit: 'grapheme' }),
  body: fc.option(fc.string()),
  data,
  actor: fc.option(actor),
  actionUrl: fc.option(fc.string()),
  imageUrl: fc.option(fc.string()),
  // One of them is none: errors must be those of graphql-js, too.
  priority: fc.constantFrom('LOW', 'NORMAL', 'HIGH', 'URGENT', 'NONE'),
  createdAt: time,
  seenAt: fc.option(time),
  readAt: fc.option(time),
  archivedAt: fc.option(time),
  expiresAt: fc.option(time),
  editedAt: fc.option(time),
  group: fc.option(
    fc.record({ key: fc.string(), count: number, actors: fc.array(actor, { maxLength: 3 }), latestAt: time }),
  ),
  revision: number,
  arrivedRevision: fc.oneof(number, fc.constant(null)),
})
const cursor = fc.string()
const event = fc.oneof(
  fc.record({ __typename: fc.constant('NotificationAdded'), notification, unread, cursor }),
  fc.record({ __typename: fc.constant('NotificationUpdated'), notification, unread, cursor }),
  fc.record({
    __typename: fc.constant('NotificationsMarked'),
    mark: fc.constantFrom('SEEN', 'READ', 'UNREAD', 'ARCHIVED', 'UNARCHIVED'),
    ids: fc.array(fc.uuid(), { maxLength: 3 }),
    upToRevision: fc.option(number),
    category: fc.option(fc.string()),
    at: time,
    notifications: fc.array(notification, { maxLength: 2 }),
    unread,
    cursor,
  }),
  fc.record({
    __typename: fc.constant('NotificationsRemoved'),
    ids: fc.array(fc.uuid()),
    reason: fc.constantFrom('RETRACTED', 'EXPIRED', 'DELETED', 'NONE'),
    unread,
    cursor,
  }),
  fc.record({ __typename: fc.constant('NotificationsReset'), unread, cursor }),
)
const message = fc.record({
  id: fc.uuid(),
  ticketId: fc.string(),
  number,
  visibility: fc.constantFrom('PUBLIC', 'INTERNAL'),
  author: actor,
  body: fc.option(fc.string()),
  data,
  attachments: fc.array(
    fc.record({
      fileId: fc.option(fc.string()),
      name: fc.string(),
      mediaType: fc.string(),
      bytes: fc.option(number),
      url: fc.string(),
    }),
    { maxLength: 2 },
  ),
  reactions: fc.array(fc.record({ emoji: fc.string(), count: number, userIds: fc.array(fc.string()) }), {
    maxLength: 2,
  }),
  // Often null: then there is nothing to read.
  replyToId: fc.option(fc.uuid(), { freq: 1 }),
  clientMessageId: fc.option(fc.string()),
  createdAt: time,
  editedAt: fc.option(time, { freq: 1 }),
  deletedAt: fc.option(time),
})

test.each([
  ['notificationAdded', notification],
  ['notificationEvents', event],
  ['unreadCount', unread],
  ['ticketMessage(ticketId: "1")', message],
] as const)('%s gives what graphql-js gives, byte for byte, whatever is asked for', async (call, items) => {
  let executions = 0
  const run = async (args: ExecutionArgs) => {
    executions += 1
    return execute(args)
  }
  const executeFor = createExecute(run)
  await fc.assert(
    fc.asyncProperty(items as fc.Arbitrary<unknown>, fc.gen(), async (item, g) => {
      const { query, variables } = randomDocument(g, { schema, call })
      const args = { schema, document: parse(query), variableValues: variables, contextValue: {} }
      const expected = await execute({ ...args, rootValue: item })
      expect(JSON.stringify(await executeFor(args)(item))).toBe(JSON.stringify(expected))
    }),
    { numRuns: RUNS },
  )
  // Most need no execution; else this would prove nothing.
  expect(executions).toBeLessThan(RUNS / 2)
})

test('a field with a resolver of its own is executed, each time', async () => {
  let executions = 0
  const run = async (args: ExecutionArgs) => {
    executions += 1
    return execute({ ...args, contextValue: { viewer: {}, tickets: { unreadCount: () => executions } } })
  }
  const document = parse('subscription { ticketChanged(ticketId: "1") { id unreadCount } }')
  const executeItem = createExecute(run)({ schema, document, contextValue: { viewer: { userId: 'alice' } } })
  const results = [await executeItem({ id: '1' }), await executeItem({ id: '1' })]
  expect(results).toEqual([1, 2].map((unreadCount) => ({ data: { ticketChanged: { id: '1', unreadCount } } })))
})
