import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { openRawWays } from '../support/raw-ways.ts'

// What comes in is what is stored, or it is refused: the texts here say what no JavaScript value can, so they are sent as they are.

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const PRESENCE = 'query ($ids: [ID!]!) { presence(userIds: $ids) { userId } }'
const INBOX = '{ notifications { nodes { title data } } }'

async function open() {
  const app = await startTestApp({ env: { MAX_OPERATIONS_PER_SECOND: '1000' } })
  return { app, ways: await openRawWays(app, 'shop', 'backend'), alice: await connectDevice(app, 'alice') }
}

function notifyData(data: string): string {
  return `{"input":{"userIds":["alice"],"notification":{"type":"a.b","title":"Hi","data":${data}}}}`
}

const CHANGED = [
  [
    '9007199254740993',
    '{"n":9007199254740993}',
    /^variables\.input\.notification\.data\.n is 9007199254740993, .* string/,
  ],
  ['a negative one', '{"a":[1,-9007199254740993]}', /data\.a\[1\] is -9007199254740993/],
  ['infinity', '{"n":1e400}', /data\.n is 1e400/],
  ['nothing', '{"n":1e-400}', /data\.n is 1e-400/],
  ['a long decimal', '{"price":0.1000000000000000055}', /data\.price is 0\.1000000000000000055/],
  ['the same key twice', '{"n":1,"n":2}', /data\.n is there twice/],
] as const

describe('data with', () => {
  test.each(CHANGED)('%s is refused on every way, with its path', async (_what, data, message) => {
    const { ways, alice } = await open()
    for (const way of [ways.post, ways.sse, ways.socket]) {
      const { errors } = await way({ query: NOTIFY, variables: notifyData(data) })
      expect(errors).toMatchObject([
        { message: expect.stringMatching(message), extensions: { code: 'BAD_USER_INPUT' } },
      ])
    }
    const { errors } = await ways.get({ query: 'query ($data: JSON) { me { id } }', variables: `{"data":${data}}` })
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    // The socket is still good, and nothing was stored.
    expect(await ways.socket({ query: '{ me { id } }' })).toEqual({ data: { me: { id: 'shop' } } })
    expect(await alice.run(INBOX)).toEqual({ notifications: { nodes: [] } })
  })

  test('numbers that JavaScript holds arrive as they were sent', async () => {
    const { ways, alice } = await open()
    const data =
      '{"a":9007199254740991,"b":-9007199254740991,"c":0.1,"d":1.5e-7,"__proto__":{"x":1},"e":"9007199254740993"}'
    for (const way of [ways.post, ways.sse, ways.socket]) {
      expect((await way({ query: NOTIFY, variables: notifyData(data) })).errors).toBeUndefined()
    }
    const { notifications } = await alice.run(INBOX)
    expect(notifications.nodes).toHaveLength(3)
    for (const node of notifications.nodes) expect(node.data).toEqual(JSON.parse(data))
    expect(Object.hasOwn(notifications.nodes[0].data, '__proto__')).toBe(true)
  })
})

describe('an id', () => {
  test.each(['1234567890123456781', '9007199254740993', '9007199254740991.4', '1e400'])(
    'written as the number %s is refused on every way',
    async (id) => {
      const { ways } = await open()
      for (const way of Object.values(ways)) {
        const { errors } = await way({ query: PRESENCE, variables: `{"ids":["alice",${id}]}` })
        expect(errors).toMatchObject([
          { message: `variables.ids[1] is ${id}, which would become another number: send it as a string.` },
        ])
        expect(errors?.[0].extensions).toEqual({ code: 'BAD_USER_INPUT' })
        const literal = await way({ query: `{ presence(userIds: ["alice", ${id}]) { userId } }` })
        expect(literal.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
      }
    },
  )

  test('is a text, or an integer that JavaScript holds', async () => {
    const { ways } = await open()
    for (const way of Object.values(ways)) {
      expect(await way({ query: PRESENCE, variables: '{"ids":["1234567890123456781",9007199254740991,7]}' })).toEqual({
        data: { presence: ['1234567890123456781', '9007199254740991', '7'].map((userId) => ({ userId })) },
      })
    }
  })
})

describe('a number in a document', () => {
  test('is refused when it would become another one, and otherwise arrives', async () => {
    const { ways, alice } = await open()
    const query = (data: string): string =>
      `mutation { notify(input: { userIds: ["alice"], notification: { type: "a.b", title: "Hi", data: ${data} } }) { recipients } }`
    for (const way of [ways.post, ways.sse, ways.socket]) {
      for (const data of ['{ n: 9007199254740993 }', '{ n: [1e400] }', '{ n: { m: -0.1000000000000000055 } }']) {
        const { errors } = await way({ query: query(data) })
        expect(errors).toMatchObject([
          { message: expect.stringMatching(/^A number is .* string\.$/), extensions: { code: 'BAD_USER_INPUT' } },
        ])
      }
      expect((await way({ query: query('{ n: [0.1, 9007199254740991, -1.5e-7] }') })).errors).toBeUndefined()
    }
    const { notifications } = await alice.run(INBOX)
    const data = { n: [0.1, Number.MAX_SAFE_INTEGER, -1.5e-7] }
    expect(notifications.nodes.map((node: { data: unknown }) => node.data)).toEqual([data, data, data])
  })
})

describe('input that is nested without end', () => {
  const lists = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`

  test('is refused beyond the same depth on every way', async () => {
    const { ways } = await open()
    // The operation and its variables are two levels.
    for (const way of Object.values(ways)) {
      const query = '{ me { id } }'
      expect(await way({ query, variables: `{"any":${lists(62)}}` })).toEqual({ data: { me: { id: 'shop' } } })
      expect((await way({ query, variables: `{"any":${lists(63)}}` })).errors).toMatchObject([
        {
          message: 'variables.any[0][0][0][0][0][0][0][0]… is nested deeper than 64 levels.',
          extensions: { code: 'BAD_USER_INPUT' },
        },
      ])
    }
  })

  test('is refused at 400,000 levels, and nothing is stored', async () => {
    const app = await startTestApp({ env: { MAX_REQUEST_BYTES: '4000000' } })
    const ways = await openRawWays(app, 'shop', 'backend')
    const objects = `${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`
    for (const way of [ways.post, ways.sse, ways.socket]) {
      for (const variables of [
        `{"ids":${lists(400_000)}}`,
        notifyData(`{"a":${lists(400_000)}}`),
        notifyData(objects),
      ]) {
        const { errors } = await way({ query: NOTIFY, variables })
        expect(errors).toMatchObject([
          { message: expect.stringMatching(/nested deeper than 64 levels/), extensions: { code: 'BAD_USER_INPUT' } },
        ])
      }
      expect((await way({ query: '{ me { id } }' })).data).toEqual({ me: { id: 'shop' } })
    }
  })

  test('in a subscription, whose variables name it, ends nothing else', async () => {
    const { ways } = await open()
    const query = 'subscription ($after: Cursor) { notificationAdded(after: $after) { id } }'
    const { errors } = await ways.socket({ query, variables: `{"after":null,"other":${lists(200_000)}}` })
    expect(errors?.[0].extensions.code).toBe('BAD_USER_INPUT')
    expect((await ways.socket({ query: '{ me { id } }' })).data).toEqual({ me: { id: 'shop' } })
  })

  test('in a document is refused on every way', async () => {
    const app = await startTestApp({ env: { MAX_DOCUMENT_TOKENS: '1000000' } })
    const ways = await openRawWays(app, 'shop', 'backend')
    const documents = [
      `{ presence(userIds: ${lists(100_000)}) { userId } }`,
      `{ me ${'{ id '.repeat(100_000)}${'}'.repeat(100_000)} }`,
      `query ($a: ${'['.repeat(100_000)}ID${']'.repeat(100_000)}) { me { id } }`,
      `mutation { broadcast(event: "a", data: ${'{ a: '.repeat(50_000)}1${'}'.repeat(50_000)}) { id } }`,
    ]
    for (const way of [ways.post, ways.sse, ways.socket]) {
      for (const query of documents) {
        expect((await way({ query })).errors).toMatchObject([
          { message: 'The document is nested deeper than 76 levels.', extensions: { code: 'BAD_USER_INPUT' } },
        ])
      }
      const hidden = `{ me { id } } # ${'{'.repeat(200)}\nquery Other { presence(userIds: ["${'['.repeat(200)}", """{{${'{'.repeat(200)}"""]) { userId } }`
      expect((await way({ query: hidden })).errors?.[0].message).toMatch(/operation/)
    }
  })
})

describe('bytes that are no UTF-8', () => {
  test('are refused rather than read with replacement characters', async () => {
    const { app, alice } = await open()
    const headers = {
      authorization: `Bearer ${await app.token('shop', 'backend')}`,
      'content-type': 'application/json',
    }
    const [before = '', after = ''] = JSON.stringify({
      query: NOTIFY,
      variables: { input: { userIds: ['alice'], notification: { type: 'a.b', title: '|' } } },
    }).split('|')
    const body = Buffer.concat([Buffer.from(before), Buffer.from([0xe9]), Buffer.from(after)])
    const response = await fetch(app.url, { method: 'POST', headers, body })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
    const got = await fetch(`${app.url}?query=%7Bme%7Bid%7D%7D&variables=%7B%22a%22%3A%22%E9%22%7D`, { headers })
    expect(got.status).toBe(400)
    expect(await alice.run(INBOX)).toEqual({ notifications: { nodes: [] } })
  })
})

describe('a date', () => {
  const notifyUntil = (expiresAt: string): string =>
    `{"input":{"userIds":["alice"],"notification":{"type":"a.b","title":"Hi","expiresAt":${JSON.stringify(expiresAt)}}}}`

  test('that does not exist, or could not be kept, is refused on every way', async () => {
    const { ways, alice } = await open()
    const wrong = ['2327-02-30T00:00:00Z', '2327-01-01T24:00:00Z', '2327-06-30T23:59:60Z', '2327-01-01T00:00:00+25:00']
    const unkept = [
      '+010000-01-01T00:00:00Z',
      '9999-12-31T23:59:59-01:00',
      '2327-01-01T00:00:00.1234Z',
      '2327-01-01T00:00:00',
    ]
    for (const way of [ways.post, ways.sse, ways.socket]) {
      for (const date of [...wrong, ...unkept]) {
        const refused = [
          { message: expect.stringMatching(/a moment that exists/), extensions: { code: 'BAD_USER_INPUT' } },
        ]
        expect((await way({ query: NOTIFY, variables: notifyUntil(date) })).errors, date).toMatchObject(refused)
        const literal = `mutation { notify(input: { userIds: ["alice"], notification: { type: "a.b", title: "Hi", expiresAt: "${date}" } }) { recipients } }`
        expect((await way({ query: literal })).errors, date).toMatchObject(refused)
      }
    }
    expect(await alice.run(INBOX)).toEqual({ notifications: { nodes: [] } })
  })

  test('is stored as the moment that was sent', async () => {
    const { ways, alice } = await open()
    const dates = [
      '2327-01-01T00:00:00.123Z',
      '2327-01-01T05:30:00.123000+05:30',
      '2328-02-29T00:00:00Z',
      '9999-12-31T23:59:59.999Z',
    ]
    for (const date of dates)
      expect((await ways.post({ query: NOTIFY, variables: notifyUntil(date) })).errors).toBeUndefined()
    const { notifications } = await alice.run('{ notifications { nodes { expiresAt } } }')
    expect(notifications.nodes.map(({ expiresAt }: { expiresAt: string }) => expiresAt).reverse()).toEqual([
      ...[
        '2327-01-01T00:00:00.123Z',
        '2327-01-01T00:00:00.123Z',
        '2328-02-29T00:00:00.000Z',
        '9999-12-31T23:59:59.999Z',
      ],
    ])
  })
})
