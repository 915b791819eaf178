import { buildSchema, getIntrospectionQuery, getOperationAST, parse } from 'graphql'
import { describe, expect, test } from 'vitest'
import { createCosts } from '../../src/graphql/cost.ts'
import { readTypeDefs } from '../../src/graphql/schema.ts'

const schema = buildSchema(readTypeDefs().join('\n'))
const costs = createCosts({ schema, pageSize: 100 })

function costOf(text: string, variables?: Record<string, unknown>, of = costs): number {
  const document = parse(text)
  const operation = getOperationAST(document)
  if (!operation) throw new Error('There is no operation.')
  return of.of(document, operation, variables)
}

function small(sdl: string) {
  return createCosts({ schema: buildSchema(sdl), pageSize: 100 })
}

const PAGE = 5
const BODY = 8
const DATA = 2
const UNREAD = 10

describe('what a document costs', () => {
  test.each<[text: string, cost: number]>([
    ['{ __typename }', 1],
    ['{ me { id name } }', 1],
    ['{ unreadCount { count byCategory { category count } } }', UNREAD],
    ['{ notifications(first: 10) { nodes { id } } }', PAGE + 10],
    ['{ notifications(first: 10) { edges { cursor } } }', PAGE + 10],
    ['{ notifications(first: 10) { edges { cursor node { id } } nodes { id } } }', PAGE + 10 + 10],
    ['{ notifications(first: 10) { pageInfo { endCursor } } }', PAGE + 10],
    ['{ notifications(first: 10) { nodes { id } pageInfo { endCursor } unread { count } } }', PAGE + 10 + UNREAD],
    ['{ notifications(first: 10) { nodes { id body data actor { name } } } }', PAGE + 10 * (1 + BODY + DATA)],
    ['{ notifications(first: 10) { nodes { a: body b: body } } }', PAGE + 10 * (1 + 2 * BODY)],
    ['{ ticket(id: "t") { id subject } }', 2],
    ['{ ticket(id: "t") { messages(first: 10) { nodes { body } } } }', 2 + PAGE + 10 * (1 + BODY)],
    ['{ tickets(first: 10) { nodes { unread { count } } } }', PAGE + 10 * (1 + 5)],
    ['{ tickets(first: 10) { nodes { participants { user { name } } } } }', PAGE + 10 * (1 + 100)],
    ['{ tickets(first: 10) { nodes { messages(last: 4) { nodes { id } } } } }', PAGE + 10 * (1 + PAGE + 4)],
    ['{ presence(userIds: ["a", "b", "c"]) { isOnline } }', 3],
    ['{ a: unreadCount { count } b: unreadCount { count } }', 2 * UNREAD],
    ['mutation { markAsRead(ids: ["a", "b", "c"]) { changed } }', 10 + 3],
    ['mutation { markAsRead(ids: "a") { changed } }', 10 + 1],
    ['mutation { markAsRead(ids: ["a", "b", "c"]) { notifications { body } } }', 10 + 3 * (1 + BODY)],
    ['mutation { markAllAsRead { notifications { body } } }', 950],
    ['mutation { sendToMultipleUsers(userIds: ["a", "b"], event: "e") { id } }', 5 + 2],
    [
      'mutation { notify(input: { userIds: ["a", "b"], notification: { type: "t", title: "T" } }) { recipients } }',
      10 + 2,
    ],
    ['mutation { upsertTicket(input: { id: "t" }) { id } }', 10],
    ['mutation { upsertTicket(input: { id: "t", participants: [{ id: "a" }, { id: "b" }] }) { id } }', 10 + 2],
    ['subscription { notificationAdded { id body } }', 5 + BODY],
    ['subscription { presenceChanged(userIds: ["a", "b"]) { isOnline } }', 5 + 2],
    ['subscription { ticketChanged(ticketId: "t") { messages(last: 10) { nodes { id } } } }', 5 + PAGE + 10],
  ])('%s costs %i', (text, cost) => {
    expect(costOf(text)).toBe(cost)
  })

  test('is told without looking at the document again once it is compiled', () => {
    const document = parse(
      'query ($first: Int!) { ...Page } fragment Page on Query { notifications(first: $first) { nodes { id } } }',
    )
    const operation = getOperationAST(document)!
    const seen = { document: 0 }
    const watched = new Proxy(document, {
      get: (target, name) => {
        seen.document += 1
        return Reflect.get(target, name)
      },
    })
    expect(costs.compile(watched, operation)).toBeUndefined()
    expect(seen.document).toBeGreaterThan(0)
    seen.document = 0
    expect(costs.of(watched, operation, { first: 10 })).toBe(PAGE + 10)
    expect(seen.document).toBe(0)
  })

  test.each([0, 1])('is told for each way to ask without reading the selection again: %i', (way) => {
    const document = parse(
      'query ($all: Boolean!) { me { id } notifications(first: 10) @include(if: $all) { nodes { id } } }',
    )
    const operation = getOperationAST(document)!
    const selection = { ...operation.selectionSet }
    const once = { ...operation, selectionSet: selection }
    costs.compile(document, once)
    Object.assign(selection, { selections: [] })
    expect(costs.of(document, once, { all: way === 1 })).toBe([1, 1 + PAGE + 10][way])
  })

  test('is known at once where variables change nothing in it', () => {
    const fixedOf = (text: string) => {
      const document = parse(text)
      return costs.compile(document, getOperationAST(document)!)
    }
    expect(fixedOf('{ notifications(first: 10) { nodes { id } } }')).toBe(PAGE + 10)
    expect(fixedOf('query ($id: ID!) { ticket(id: $id) { id } }')).toBe(2)
    expect(
      fixedOf('query ($all: Boolean!) { notifications(first: 10) @include(if: $all) { nodes { id } } }'),
    ).toBeUndefined()
  })

  test('of a type that can be several, the dearest counts', () => {
    const marked = '... on NotificationsMarked { ids at }'
    const added = '... on NotificationAdded { notification { id body } }'
    expect(costOf(`subscription { notificationEvents { ${marked} ${added} } }`)).toBe(5 + 1 + BODY)
    expect(costOf(`subscription { notificationEvents { ${marked} } }`)).toBe(5)
  })

  test('the whole schema is within what anybody may ask', () => {
    expect(costOf(getIntrospectionQuery())).toBeLessThan(5_000)
  })

  test('introspection in introspection costs more with each step', () => {
    const into = (depth: number): string => (depth === 0 ? 'name' : `fields { type { ${into(depth - 1)} } }`)
    const at = [1, 2, 3].map((depth) => costOf(`{ __schema { types { ${into(depth)} } } }`))
    expect(at[1]).toBeGreaterThan(3 * (at[0] ?? 0))
    expect(at[2]).toBeGreaterThan(3 * (at[1] ?? 0))
  })
})

describe('pages by variables', () => {
  const inbox = 'query($n: Int!) { notifications(first: $n) { nodes { id } } }'
  const defaulting = 'query($n: Int! = 30) { notifications(first: $n) { nodes { id } } }'
  const optional = 'query($n: Int) { ticket(id: "t") { messages(last: $n) { nodes { id } } } }'
  const both = 'query($f: Int, $l: Int) { ticket(id: "t") { messages(first: $f, last: $l) { nodes { id } } } }'
  const ids = 'mutation($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }'
  const input = 'mutation($input: NotifyInput!) { notify(input: $input) { recipients } }'
  const inside =
    'mutation($to: [ID!]!, $n: NotificationInput!) { notify(input: { userIds: $to, notification: $n }) { recipients } }'

  test.each<[title: string, text: string, variables: Record<string, unknown> | undefined, cost: number]>([
    ['what was sent', inbox, { n: 7 }, PAGE + 7],
    ['nothing for 0', inbox, { n: 0 }, PAGE],
    ['nothing below 0', inbox, { n: -7 }, PAGE],
    ['at most a page', inbox, { n: 1_000_000 }, PAGE + 100],
    ['a page for what is no number', inbox, { n: Number.NaN }, PAGE + 100],
    [
      "the schema's default when it was not sent",
      'query($n: Int) { notifications(first: $n) { nodes { id } } }',
      {},
      PAGE + 20,
    ],
    ["the document's default before that", defaulting, undefined, PAGE + 30],
    ['what was sent before any default', defaulting, { n: 3 }, PAGE + 3],
    ["the resolver's default when it was not sent and has none", optional, {}, 2 + PAGE + 20],
    ["the resolver's default for null", optional, { n: null }, 2 + PAGE + 20],
    ['the larger of two', both, { f: 3, l: 9 }, 2 + PAGE + 9],
    ['each id', ids, { ids: ['a', 'b', 'c'] }, 10 + 3],
    ['an id that is no list as one', ids, { ids: 'a' }, 10 + 1],
    ['each recipient in an input', input, { input: { userIds: ['a', 'b', 'c'] } }, 10 + 3],
    ['a recipient that is no list as one', input, { input: { userIds: 'a' } }, 10 + 1],
    ['nothing of an input that is none', input, { input: 'a' }, 10],
    ['each recipient in a literal input', inside, { to: ['a', 'b'] }, 10 + 2],
  ])('count %s', (_, text, variables, cost) => {
    expect(costOf(text, variables)).toBe(cost)
  })

  test('cost the same in literals', () => {
    for (const n of [1, 20, 100, 101]) {
      const literal = costOf(`{ tickets(first: ${n}) { nodes { messages(first: ${n}) { edges { node { body } } } } } }`)
      const text =
        'query($n: Int!) { tickets(first: $n) { nodes { messages(first: $n) { edges { node { body } } } } } }'
      expect(costOf(text, { n })).toBe(literal)
    }
    expect(costOf('{ ticket(id: "t") { messages(last: null) { nodes { id } } } }')).toBe(2 + PAGE + 20)
  })
})

describe('what is asked for twice', () => {
  test('counts once where execution does it once', () => {
    const fragment = 'fragment F on NotificationConnection { nodes { id body } }'
    expect(costOf(`{ notifications(first: 10) { ...F ...F nodes { body title } } } ${fragment}`)).toBe(
      PAGE + 10 * (1 + BODY),
    )
    expect(costOf('{ unreadCount { count } unreadCount { count } ... { unreadCount { isCapped } } }')).toBe(UNREAD)
    expect(costOf('{ a: unreadCount { count } a: unreadCount { count } }')).toBe(UNREAD)
  })

  test('counts for each name under which it is asked', () => {
    const aliases = Array.from({ length: 30 }, (_, n) => `m${n}: messages(last: 100) { nodes { body } }`).join(' ')
    expect(costOf(`{ ticket(id: "t") { ${aliases} } }`)).toBe(2 + 30 * (PAGE + 100 * (1 + BODY)))
  })

  test('does not take long, however often fragments double it', () => {
    const self = small('type Query { self: Query hello: String }')
    const doubled = Array.from(
      { length: 60 },
      (_, n) => `fragment F${n} on Query { a: self { ...F${n + 1} } b: self { ...F${n + 1} } }`,
    ).join(' ')
    expect(costOf(`{ ...F0 } ${doubled} fragment F60 on Query { hello }`, {}, self)).toBe(Number.POSITIVE_INFINITY)
    const merged = doubled.replaceAll('b: self', 'a: self')
    expect(costOf(`{ ...F0 } ${merged} fragment F60 on Query { hello }`, {}, self)).toBe(60)
  })
})

describe('conditions', () => {
  const text = `query($with: Boolean = false, $without: Boolean!) {
    unreadCount { count }
    notifications(first: 10) @include(if: $with) { nodes { id body @skip(if: $without) } }
  }`

  test.each([
    [{ without: true }, UNREAD],
    [{ with: false, without: true }, UNREAD],
    [{ with: true, without: true }, UNREAD + PAGE + 10],
    [{ with: true, without: false }, UNREAD + PAGE + 10 * (1 + BODY)],
  ])('count as execution takes them: %j', (variables, cost) => {
    expect(costOf(text, variables)).toBe(cost)
  })

  test('that are always so need no variable', () => {
    expect(costOf('{ unreadCount @skip(if: true) { count } me @include(if: true) { id } }')).toBe(1)
  })

  test('can be many', () => {
    const names = Array.from({ length: 12 }, (_, n) => `v${n}`)
    const many = `query(${names.map((name) => `$${name}: Boolean!`)}) {
      ${names.map((name) => `${name}: unreadCount @include(if: $${name}) { count }`).join(' ')}
    }`
    const document = parse(many)
    const operation = getOperationAST(document)
    if (!operation) throw new Error('There is no operation.')
    for (let way = 0; way < 2 ** 12; way += 37) {
      const variables = Object.fromEntries(names.map((name, n) => [name, (way >> n) % 2 === 1]))
      const asked = Object.values(variables).filter(Boolean).length
      expect(costs.of(document, operation, variables)).toBe(Math.max(1, asked * UNREAD))
    }
  })
})

test('a schema without directives costs something, too', () => {
  const plain = small('type Query { items(first: Int): [Item!]! one: Item } type Item { name: String tags: [String] }')
  expect(costOf('{ one { name } }', {}, plain)).toBe(1)
  expect(costOf('{ items { name tags } }', {}, plain)).toBe(100)
})

test('of several operations, each has its own cost', () => {
  const document = parse('query A { me { id } } query B { unreadCount { count } }')
  const of = (name: string): number => {
    const operation = getOperationAST(document, name)
    return operation ? costs.of(document, operation, {}) : 0
  }
  expect([of('A'), of('B'), of('A')]).toEqual([1, UNREAD, 1])
})
