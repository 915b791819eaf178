import { request } from 'node:http'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildSchema, getOperationAST, parse } from 'graphql'
import { expect, test } from 'vitest'
import { createPolicy } from '../../src/graphql/policy.ts'
import { readTypeDefs } from '../../src/graphql/schema.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { EXAMPLES } from '../../src/server/graphiql/examples.ts'
import { startTestApp } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { castWith, TEST_CAST } from '../support/cast.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

interface Page {
  readonly status: number | undefined
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

/** Asks as a browser does; `fetch` would decompress and would not send `Host`. */
function get(url: string, headers: Record<string, string> = {}): Promise<Page> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers: { accept: 'text/html,application/xhtml+xml', ...headers } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
    })
    sent.on('error', reject)
    sent.end()
  })
}

function assetsOf(page: Buffer): readonly string[] {
  return [...String(page).matchAll(/(?:src|href)="(\?asset=[^"]+)"/g)].map(([, path]) => path!)
}

test('serves a page that loads nothing from elsewhere', async () => {
  const { url } = await startSmallServer({ graphiql: {} })
  const page = await get(url)
  expect(page.status).toBe(200)
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(String(page.body)).not.toMatch(/(src|href)="(https?:)?\/\//)
  expect(page.headers['content-security-policy']).toContain("default-src 'none'")
  const assets = assetsOf(page.body)
  expect(assets).toHaveLength(4)
  for (const asset of assets) expect((await get(new URL(asset, url).href)).status).toBe(200)
  expect((await get(`${url}?asset=unknown`)).status).toBe(404)
})

test('compresses the page and its parts once, and sends them once', async () => {
  const { url } = await startSmallServer({ graphiql: {} })
  const page = await get(url)
  for (const part of [url, ...assetsOf(page.body).map((asset) => new URL(asset, url).href)]) {
    const plain = await get(part, { 'accept-encoding': 'identity' })
    const br = await get(part, { 'accept-encoding': 'gzip, deflate, br' })
    const gzip = await get(part, { 'accept-encoding': 'gzip, br;q=0' })
    expect([br.headers['content-encoding'], gzip.headers['content-encoding']]).toEqual(['br', 'gzip'])
    expect(brotliDecompressSync(br.body).equals(plain.body)).toBe(true)
    expect(gunzipSync(gzip.body).equals(plain.body)).toBe(true)
    expect(br.body.length).toBeLessThan(plain.body.length / 2)
    expect(br.headers['vary']).toContain('Accept-Encoding')
    const again = await get(part, { 'accept-encoding': 'br', 'if-none-match': String(br.headers['etag']) })
    expect([again.status, again.body.length]).toEqual([304, 0])
    expect((await get(part, { 'if-none-match': '"other"' })).status).toBe(200)
  }
})

test('gives a page to who asks as a browser, and GraphQL to all others', async () => {
  const { url } = await startSmallServer({ graphiql: {} })
  const answer = await fetch(`${url}?query={hello}`, { headers: { accept: 'application/json' } })
  expect(await answer.json()).toEqual({ data: { hello: 'world' } })
  const shut = await startSmallServer()
  expect((await get(shut.url)).status).toBe(406)
  expect(JSON.parse(String((await get(shut.url, { accept: '*/*' })).body))).toHaveProperty('errors')
})

test('starts as the role that the address names, with its token in the headers and not in the address', async () => {
  const { url } = await startSmallServer({ graphiql: { cast: TEST_CAST } })
  for (const role of ['customer', 'agent', 'backend'] as const) {
    const page = await get(`${url}?as=${role}&key=k-1`)
    expect(String(page.body)).toContain(`Bearer token-${TEST_CAST.people[role].id}`)
    expect(page.headers['cache-control']).toBe('no-store')
    expect(page.headers['x-frame-options']).toBe('DENY')
    expect(page.headers['etag']).toBeUndefined()
  }
  for (const query of ['', '?key=k-1', '?as=admin&key=k-1', '?as=&key=k-1']) {
    expect(String((await get(`${url}${query}`)).body)).not.toContain('token-')
  }
})

test('gives a token to nobody without the key of the printed link', async () => {
  const { url } = await startSmallServer({ graphiql: { cast: TEST_CAST } })
  for (const role of ['customer', 'agent', 'backend'] as const) {
    for (const key of ['', '&key=', '&key=k-2', '&key=k-11', '&key=K-1', '&KEY=k-1', '&key=k-2&key=k-1']) {
      const page = await get(`${url}?as=${role}${key}`)
      expect([role, key, page.status]).toEqual([role, key, 200])
      expect([role, key, String(page.body).includes('token-')]).toEqual([role, key, false])
    }
  }
})

const FORWARDED = [
  { 'x-forwarded-for': '127.0.0.1' },
  { 'x-forwarded-host': 'localhost' },
  { 'x-forwarded-proto': 'https' },
  { 'X-Forwarded-Port': '443' },
  { 'x-forwarded': 'for=127.0.0.1' },
  { forwarded: 'for=127.0.0.1;host=localhost' },
  { via: '1.1 tunnel' },
  { 'x-real-ip': '127.0.0.1' },
  { 'cf-connecting-ip': '127.0.0.1' },
  { 'true-client-ip': '127.0.0.1' },
  { 'x-original-host': 'localhost' },
  { 'x-forwarded-for': '' },
]

test.each(FORWARDED)('gives no token to a request that was forwarded, even with the key: %j', async (headers) => {
  const { url } = await startSmallServer({ graphiql: { cast: TEST_CAST } })
  expect(String((await get(`${url}?as=backend&key=k-1`, headers as Record<string, string>)).body)).not.toContain(
    'token-',
  )
  expect(String((await get(`${url}?as=backend&key=k-1`)).body)).toContain('token-shop')
  const metrics = await get(new URL('/metrics', url).href, headers as Record<string, string>)
  expect(metrics.status).toBe(403)
})

test('gives no token to a foreign name that was made to mean this machine', async () => {
  const { url } = await startSmallServer({ graphiql: { cast: TEST_CAST } })
  const { port } = new URL(url)
  for (const host of [
    'evil.example',
    `evil.example:${port}`,
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.1',
  ]) {
    expect(String((await get(`${url}?as=backend&key=k-1`, { host })).body)).not.toContain('token-')
  }
  for (const host of [`localhost:${port}`, '127.0.0.1', `[::1]:${port}`]) {
    expect(String((await get(`${url}?as=backend&key=k-1`, { host })).body)).toContain('token-shop')
  }
})

test('gives no token to other pages', async () => {
  const { url } = await startSmallServer({ graphiql: { cast: TEST_CAST } })
  const page = await get(`${url}?as=backend&key=k-1`, { origin: 'http://localhost:3000' })
  expect(String(page.body)).not.toContain('token-')
  expect(page.headers['access-control-allow-origin']).toBeUndefined()
})

test('writes whatever a token contains so that it cannot end the script', async () => {
  const cast = castWith('customer', '</script><script>alert(1)</script>')
  const { url } = await startSmallServer({ graphiql: { cast } })
  expect(String((await get(`${url}?as=customer&key=k-1`)).body)).not.toContain('<script>alert')
})

test('lets a newcomer press play and see a subscription work', async () => {
  const { url, wsUrl, links } = await startTestApp({ env: { JWT_SECRET: '' } })
  const authorizationOf = async (role: string): Promise<string> => {
    const link = links?.find((printed) => printed.url.includes(`as=${role}`))
    const page = String((await get(link?.url ?? '')).body)
    return /Bearer [\w.-]+/.exec(page)![0]
  }
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  const headers = { Authorization: await authorizationOf('customer') }
  socket.subscribe('1', EXAMPLES.customer[0]!, { extensions: { headers } })
  expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { unreadCount: { count: 0 } } } })
  const notified = await ask(url, EXAMPLES.backend[0]!, { authorization: await authorizationOf('backend') })
  expect(notified.body).toMatchObject({ data: { notify: { recipients: 1 } } })
  expect(await socket.next()).toMatchObject({ type: 'next', payload: { data: { unreadCount: { count: 1 } } } })
})

test('has examples for each role that the schema accepts', () => {
  const schema = buildSchema(readTypeDefs().join('\n'))
  const policy = createPolicy({ schema, limits: DEFAULT_LIMITS, introspection: true })
  for (const examples of Object.values(EXAMPLES)) {
    for (const query of examples) {
      expect(policy.prepare(query)).toHaveProperty('document.kind', 'Document')
      expect(policy.prepare(query)).not.toHaveProperty('errors')
      // GraphiQL names a tab after the operation that was played last, so that with two of them the name would change.
      expect(getOperationAST(parse(query))?.name).toBeDefined()
    }
  }
  expect(getOperationAST(parse(EXAMPLES.customer[0]!))?.operation).toBe('subscription')
})
