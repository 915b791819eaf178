import { getIntrospectionQuery } from 'graphql'
import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask, openEventStream } from '../support/ask.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { type SmallServerOptions, startSmallServer } from '../support/small-server.ts'

type Errors = readonly { readonly message: string; readonly extensions: { readonly code: string } }[] | undefined
type Transport = (url: string, query: string) => Promise<Errors>

async function headers() {
  return { authorization: `Bearer ${await signTestToken('ann')}` }
}

/** What each way to Herald says to a document; nothing when it takes it. */
const transports: Readonly<Record<string, Transport>> = {
  HTTP: async (url, query) => (await ask(url, query, await headers())).body['errors'],
  SSE: async (url, query) => {
    const stream = await openEventStream(url, query, await headers())
    const event = await stream.next()
    stream.abort()
    return event?.data['errors']
  },
  WebSocket: async (url, query) => {
    const socket = await openRawSocket(url.replace('http', 'ws'))
    await socket.init(await headers())
    socket.subscribe('1', query)
    const { type, payload } = await socket.next()
    socket.ws.terminate()
    return type === 'error' ? payload : payload.errors
  },
}

function nested(depth: number): string {
  return `${'{ self '.repeat(depth - 1)}{ hello }${' }'.repeat(depth - 1)}`
}

function aliased(count: number): string {
  return `{ ${Array.from({ length: count }, (_, n) => `a${n}: hello`).join(' ')} }`
}

interface Rule {
  readonly rule: string
  readonly options?: SmallServerOptions
  readonly allowed?: string
  readonly refused: readonly string[]
  readonly message: RegExp
}

const rules: readonly Rule[] = [
  {
    rule: 'the length of a document',
    options: { limits: { documentTokens: 20 } },
    allowed: '{ hello hello hello }',
    refused: [`{ ${'hello '.repeat(30)} }`],
    message: /more (than|that) 20 tokens/,
  },
  {
    rule: 'the depth of a document',
    options: { limits: { documentDepth: 4 } },
    allowed: nested(4),
    refused: [nested(5), '{ ...F } fragment F on Query { self { self { self { ... on Query { self { hello } } } } } }'],
    message: /is 5 levels deep, at most 4/,
  },
  {
    rule: 'the aliases of a document',
    options: { limits: { documentAliases: 4 } },
    allowed: aliased(4),
    refused: [aliased(5), '{ self { ...F } a: self { ...F } b: self { ...F } } fragment F on Query { c: hello }'],
    message: /has 5 aliases, at most 4/,
  },
  {
    rule: 'how often the same is selected',
    options: { limits: { documentComparisons: 6 } },
    allowed: '{ self { hello } self { hello } ...F } fragment F on Query { self { hello } }',
    refused: [
      `{ ${'hello '.repeat(20)} }`,
      '{ self { hello } self { hello } self { hello } self { hello } }',
      '{ self { ...F } self { long(length: 1) } } fragment F on Query { ... on Query { long(length: 1) ...G } } fragment G on Query { long(length: 1) long(length: 1) }',
    ],
    message: /takes more than 6 comparisons/,
  },
  {
    rule: 'the cost of an operation',
    options: { limits: { operationCost: 3 } },
    allowed: nested(4),
    refused: [
      nested(5),
      '{ a: self { hello } b: self { hello } c: self { ...F } } fragment F on Query { self { hello } }',
    ],
    message: /costs 4, at most 3/,
  },
  {
    rule: 'one field per subscription',
    refused: [
      'subscription { log state }',
      'subscription { log again: log }',
      'subscription { ...F log } fragment F on Subscription { state }',
    ],
    message: /must select only one top level field/,
  },
  {
    rule: 'no conditions on the field of a subscription',
    refused: [
      'subscription { log @skip(if: true) }',
      'subscription { ... @include(if: false) { log } }',
      'subscription { ...F } fragment F on Subscription { log @skip(if: true) }',
    ],
    message: /must not use @skip or @include/,
  },
  {
    rule: 'no incremental delivery',
    refused: ['{ self { ... @defer { hello } } }', '{ self @stream { hello } }'],
    message: /Unknown directive "@(defer|stream)"/,
  },
  {
    rule: 'no introspection when it is switched off',
    options: { introspection: false },
    allowed: '{ __typename hello }',
    refused: ['{ __schema { queryType { name } } }', '{ __type(name: "Query") { name } }'],
    message: /introspection/i,
  },
  {
    rule: 'no cycles of fragments',
    refused: ['{ ...A } fragment A on Query { self { ...B } } fragment B on Query { self { ...A } }'],
    message: /Cannot spread fragment/,
  },
]

for (const [transport, send] of Object.entries(transports)) {
  for (const { rule, options, allowed, refused, message } of rules) {
    test(`enforces over ${transport}: ${rule}`, async () => {
      const { url, stage } = await startSmallServer(options)
      if (allowed !== undefined) expect(await send(url, allowed)).toBeUndefined()
      for (const query of refused) {
        const errors = (await send(url, query)) ?? []
        expect(errors.map((error) => error.message).join()).toMatch(message)
        expect(new Set(errors.map(({ extensions }) => extensions.code))).toEqual(new Set(['BAD_USER_INPUT']))
      }
      expect(stage.readers).toBe(0)
    })
  }

  test(`answers the usual introspection query over ${transport} when it is switched on`, async () => {
    const { url } = await startSmallServer()
    expect(await send(url, getIntrospectionQuery())).toBeUndefined()
  })

  test(`gives no hints about the schema over ${transport} when introspection is switched off`, async () => {
    const open = await startSmallServer()
    expect((await send(open.url, '{ hallo }'))?.[0]?.message).toContain('Did you mean')
    const shut = await startSmallServer({ introspection: false })
    expect((await send(shut.url, '{ hallo }'))?.[0]?.message).toBe('Cannot query field "hallo" on type "Query".')
  })
}

test('refuses a subscription that depends on a variable', async () => {
  const { wsUrl } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init(await headers())
  socket.subscribe('1', 'subscription($no: Boolean!) { log @skip(if: $no) }', { variables: { no: true } })
  expect(await socket.next()).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
})

test('measures a document by its text, not by what its fragments mean', async () => {
  const { url } = await startSmallServer({ limits: { documentDepth: 1_000, documentAliases: 1_000_000 } })
  const levels = Array.from(
    { length: 60 },
    (_, n) => `fragment F${n} on Query { a: self { ...F${n + 1} } b: self { ...F${n + 1} } }`,
  )
  const { body } = await ask(url, `{ ...F0 } ${levels.join(' ')} fragment F60 on Query { hello }`)
  expect(body['errors'][0].message).toMatch(/aliases, at most 1000000/)
})
