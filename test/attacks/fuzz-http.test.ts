import fc, { type Arbitrary } from 'fast-check'
import { expect, test } from 'vitest'
import { startTarget, type Target } from '../support/attack.ts'
import { brokenJson } from '../support/broken-json.ts'
import { openTcp } from '../support/hostile.ts'
import { NO_BUDGETS } from '../support/no-budgets.ts'
import { post } from '../support/process.ts'
import { tryAtRandom } from '../support/seed.ts'

// Whatever is sent over HTTP is answered with a documented status, and never with a 500.

const STATUSES = [
  200, 201, 202, 204, 301, 302, 303, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 413, 415, 417, 429, 431, 503,
  505,
]
const SECRET_TEXT = 'text-that-no-log-may-show'

const PATHS = [
  '/graphql',
  '/graphql/',
  '/live',
  '/ready',
  '/metrics',
  '/',
  '//',
  '/graphql?query={me{id}}',
  '/graphql?query=%ff',
  '/graphql?%',
  '/../etc/passwd',
  '/graphql?as=backend',
  '*',
  'http://evil.example/graphql',
]
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'FOO', 'get']

const HEADERS: readonly (readonly [string, readonly string[]])[] = [
  ['host', ['localhost', '', 'a b', '[::1', 'localhost:99999']],
  [
    'content-type',
    [
      'application/json',
      'APPLICATION/JSON',
      'application/json; charset=utf-16',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/graphql',
      ';',
      '',
    ],
  ],
  ['accept', ['application/json', 'text/event-stream', '*/*', 'application/xml', 'multipart/mixed', ',,;q', '']],
  ['authorization', ['Bearer', 'Bearer x', 'Basic eDp5', `Bearer ${'a.'.repeat(3_000)}`, 'Bearer a\tb']],
  ['origin', ['null', 'https://evil.example', 'capacitor://localhost', 'x']],
  ['content-encoding', ['gzip', 'identity', 'br, gzip']],
  ['transfer-encoding', ['chunked', 'gzip, chunked', 'identity']],
  ['content-length', ['0', '-1', '999999999999', '1, 2', '0x10']],
  ['expect', ['100-continue', '200-ok']],
  ['upgrade', ['websocket', 'h2c']],
  ['connection', ['upgrade', 'close', 'keep-alive']],
  ['sec-websocket-key', ['x', 'dGhlIHNhbXBsZSBub25jZQ==']],
  ['sec-websocket-version', ['13', '8']],
  ['sec-websocket-protocol', ['graphql-transport-ws', 'graphql-ws', ',']],
  ['herald-connection', ['x', 'x'.repeat(5_000)]],
  ['last-event-id', ['x', 'WyJyIiwieCIsMV0']],
  ['x-forwarded-for', ['unknown', '1.2.3.4:5', '::1, ,', 'x'.repeat(5_000)]],
  ['x-forwarded-proto', ['https', 'x']],
]

const header: Arbitrary<string> = fc
  .constantFrom(...HEADERS)
  .chain(([name, values]) =>
    fc.tuple(
      fc.constant(name),
      fc.oneof(
        fc.constantFrom(...values),
        fc.string({ maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')),
      ),
    ),
  )
  .map(([name, value]) => `${name}: ${value}`)

const BODIES = [
  { query: `{ me { id } } # ${SECRET_TEXT}` },
  { query: 'subscription { unreadCount { count } }', variables: {}, extensions: {} },
  {
    query: 'mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }',
    variables: { ids: ['a'] },
    operationName: null,
  },
  [{ query: '{ me { id } }' }],
]

const body = fc.oneof(
  fc.constant(''),
  fc.constantFrom(...BODIES).chain(brokenJson),
  fc.string({ unit: 'binary', maxLength: 200 }),
)

interface Sent {
  readonly head: string
  readonly body: string
}

/** A request as it could be sent, with a length that fits unless a header says otherwise. */
const requests: Arbitrary<Sent> = fc
  .tuple(fc.constantFrom(...METHODS), fc.constantFrom(...PATHS), fc.array(header, { maxLength: 5 }), body)
  .map(([method, path, headers, content]) => {
    const hasLength = headers.some((one) => /^(content-length|transfer-encoding):/.test(one))
    const usual = ['host: localhost', 'content-type: application/json', 'connection: close'].filter(
      (one) => !headers.some((other) => other.startsWith(`${one.split(':')[0]}:`)),
    )
    const lines = [...usual, ...headers, ...(hasLength ? [] : [`content-length: ${Buffer.byteLength(content)}`])]
    return { head: `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, body: content }
  })

const garbage: Arbitrary<Sent> = fc
  .uint8Array({ minLength: 1, maxLength: 300 })
  .map((bytes) => ({ head: `${Buffer.from(bytes).toString('latin1')}\r\n\r\n`, body: '' }))

/** Sends it and says that nothing more comes. Resolves to the status, or `cut` where nothing was answered. */
async function send({ url }: Target, { head, body: content }: Sent): Promise<string> {
  const { tcp, closed } = openTcp(url)
  tcp.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(content)]))
  tcp.setTimeout(300, () => tcp.end())
  return closed
}

test('random requests', { timeout: 120_000 }, async () => {
  const herald = await startTarget(NO_BUDGETS)
  const beside = herald.neighbour.measure(5_000)
  await tryAtRandom(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 9, arbitrary: requests }, garbage), { minLength: 20, maxLength: 20 }),
      async (sent) => {
        const statuses = await Promise.all(sent.map((one) => send(herald, one)))
        for (const [n, status] of statuses.entries()) {
          expect(
            status === 'cut' || status === '101' || STATUSES.includes(Number(status)),
            `${status} for ${JSON.stringify(sent[n])}`,
          ).toBe(true)
        }
      },
    ),
    30,
  )
  expect(await beside).toMatchObject({ lost: 0, refused: [] })
  expect(await post(herald.url, await herald.token('ann'), '{ me { id } }')).toEqual({ me: { id: 'ann' } })
  expect(herald.log()).not.toMatch(/"level":"?(50|60|error|fatal)/)
  expect(herald.log()).not.toContain(SECRET_TEXT)
})
