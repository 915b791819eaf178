import { buildSchema, getIntrospectionQuery, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createCosts } from '../../src/graphql/cost.ts'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { EXAMPLES } from '../../src/server/graphiql/examples.ts'
import { costFaults } from '../support/cost-faults.ts'
import { blocksOf, PAGES } from '../support/documentation.ts'

const schema = buildSchema(readTypeDefs().join('\n'))

describe('the schema', () => {
  test('says of every list, page, object and operation what it costs', () => {
    expect(costFaults(schema)).toEqual([])
  })
})

const NOTIFICATION =
  'id type category title body data actor { id name avatarUrl } actionUrl imageUrl priority createdAt readAt'
const MESSAGE =
  'id number visibility author { id role name avatarUrl } body data attachments { name mediaType bytes url } replyTo { id author { name } } reactions { emoji count userIds } clientMessageId createdAt editedAt deletedAt'
const PEOPLE = 'assignee { id name } participants { user { id name avatarUrl } lastReadNumber }'

/** What frontends may well ask, with the largest pages there are. */
const FRONTENDS: readonly string[] = [
  `{ notifications(first: 100) { edges { cursor node { ${NOTIFICATION} } } pageInfo { hasNextPage endCursor } unread { count } } }`,
  `{ tickets(first: 100) { nodes { id subject status updatedAt unread { count isCapped } ${PEOPLE} messages(last: 1) { nodes { ${MESSAGE} } } } } }`,
  `{ tickets(first: 20) { nodes { id subject unread { count } ${PEOPLE} messages(last: 50) { nodes { ${MESSAGE} } } } } }`,
  `{ ticket(id: "t") { id subject ${PEOPLE} messages(last: 100) { edges { cursor node { ${MESSAGE} } } } } }`,
  `{ presence(userIds: [${Array.from({ length: 100 }, (_, n) => `"${n}"`).join(' ')}]) { userId isOnline lastSeenAt } }`,
  `mutation { markAsRead(ids: [${Array.from({ length: 1_000 }, (_, n) => `"${n}"`).join(' ')}]) { notifications { ${NOTIFICATION} } unread { count } } }`,
  getIntrospectionQuery(),
]

describe('what honest clients ask is within the default limit', () => {
  const costs = createCosts({ schema, pageSize: DEFAULT_LIMITS.pageSize })
  const documented = PAGES.flatMap((page) => blocksOf(page, 'graphql')).map(({ text }) => text)
  const dearest = (text: string): number => {
    const document = parse(text)
    const operations = document.definitions.filter((definition) => definition.kind === 'OperationDefinition')
    return Math.max(...operations.map((operation) => costs.of(document, operation, {})))
  }

  test.each(FRONTENDS)('%s', (text) => {
    expect(dearest(text)).toBeLessThanOrEqual(DEFAULT_LIMITS.operationCost)
  })

  test('and so is, by far, what the documentation and GraphiQL show', () => {
    const shown = [...documented, ...Object.values(EXAMPLES).flat()]
    expect(shown.length).toBeGreaterThan(10)
    for (const text of shown) expect(dearest(text), text).toBeLessThan(DEFAULT_LIMITS.operationCost / 4)
  })

  test('and so is what backends send at once', () => {
    const limit = (document: string, list: unknown[]): number =>
      costs.of(parse(document), parse(document).definitions[0] as never, { ids: list })
    const ids = (count: number): unknown[] => Array.from({ length: count }, (_, n) => n)
    const { recipients, ids: many } = DEFAULT_LIMITS
    const notify =
      'mutation($ids: [ID!]!) { notify(input: { userIds: $ids, notification: { type: "t", title: "T" } }) { recipients } }'
    const send = 'mutation($ids: [ID!]!) { sendToMultipleUsers(userIds: $ids, event: "e") { id } }'
    const retract = 'mutation($ids: [ID!]!) { retractNotifications(ids: $ids) }'
    expect(limit(notify, ids(recipients))).toBeLessThan(DEFAULT_LIMITS.operationCost)
    expect(limit(send, ids(recipients))).toBeLessThan(DEFAULT_LIMITS.operationCost)
    expect(limit(retract, ids(many))).toBeLessThan(DEFAULT_LIMITS.operationCost)
  })
})

const DIRECTIVES = `
  directive @cost(weight: String!) on ARGUMENT_DEFINITION | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
`

describe('a schema fails the check', () => {
  test.each<[title: string, sdl: string, fault: string]>([
    ['with an object', 'type Query { a: A @cost(weight: "1") } type A { b: B } type B { c: Int }', 'A.b has no @cost'],
    ['with an operation', 'type Query { a: Int }', 'Query.a has no @cost'],
    ['with a list', 'type Query { a: [Int!]! @cost(weight: "1") }', 'Query.a is a list without @listSize'],
    [
      'with a page',
      'type Query { a: AConnection @cost(weight: "1") } type AConnection { nodes: [Int] }',
      'Query.a is a page without @listSize',
    ],
    [
      'with a page of which not every list is sized',
      'type Query { a: AConnection @cost(weight: "1") @listSize(slicingArguments: ["n"], sizedFields: ["nodes"]) } type AConnection { nodes: [Int] edges: [Int] }',
      'AConnection.edges is a list without @listSize',
    ],
    [
      'with a size that is another argument',
      'type Query { a(first: Int): [Int] @cost(weight: "1") @listSize(slicingArguments: ["last"]) }',
      'Query.a has no argument last',
    ],
    [
      'with a size that need not be given',
      'type Query { a(first: Int): [Int] @cost(weight: "1") @listSize(slicingArguments: ["first"]) }',
      'Query.a needs an assumedSize: first can be left out',
    ],
    [
      'with a sized field that is none',
      'type Query { a: A @cost(weight: "1") @listSize(assumedSize: 1, sizedFields: ["b"]) } type A { c: Int }',
      'Query.a has no field b',
    ],
    [
      'with a list to send',
      'type Query { a(ids: [ID!]): Int @cost(weight: "1") }',
      'Query.a(ids:) is a list without @cost',
    ],
    [
      'with a list to send in an input',
      'type Query { a(input: I): Int @cost(weight: "1") } input I { ids: [ID!] }',
      'I.ids is a list without @cost',
    ],
    ['with a weight that is no number', 'type Query { a: Int @cost(weight: "one") }', 'Query.a costs "one"'],
  ])('%s', (_, sdl, fault) => {
    expect(costFaults(buildSchema(DIRECTIVES + sdl))).toContain(fault)
  })
})

test('an item that is written once for all is smaller than an answer may be: nobody measures it', () => {
  const { documentAliases, messageBytes, dataBytes, answerBytes, ids, ticketViewers } = DEFAULT_LIMITS
  /** Title, type, category, two addresses, an actor with a name and a picture. */
  const REST = 4 * (512 + 128 + 64 + 3 * 2_048 + 2 * 256)
  /** Quotes and line breaks take two characters in JSON. */
  const ESCAPED = 2
  const times = documentAliases + 1
  expect(times * ESCAPED * (messageBytes + dataBytes + REST)).toBeLessThan(answerBytes)
  expect(times * 2 * ids * 40).toBeLessThan(answerBytes)
  // Names and ids of 256 characters of up to four bytes, and the address of a picture.
  expect(times * 2 * ticketViewers * (4 * 256 + 4 * 256 + 2_048)).toBeLessThan(answerBytes)
})
