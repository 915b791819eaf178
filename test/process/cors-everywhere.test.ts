import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import { startSmallServer } from '../support/small-server.ts'

const ORIGIN = 'https://app.example'
const JSON_TYPE = { 'content-type': 'application/json' }

/** By hand, because what cannot be read as HTTP is none that a client would send. */
function raw(url: string, head: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    const tcp = connect(Number(port), hostname, () => tcp.write(head))
    onTestFinished(() => void tcp.destroy())
    let text = ''
    tcp.on('data', (chunk) => {
      text += String(chunk)
    })
    tcp.on('error', reject)
    tcp.on('end', () => resolve(text))
  })
}

test('a page may read every answer, whatever it is', async () => {
  const checks = { database: () => Promise.reject(new Error('away')) }
  const { url } = await startSmallServer({
    origins: [ORIGIN],
    limits: { requestBytes: 1_000, socketsPerUser: 0 },
    checks,
  })
  const body = '{"query":"{ hello }"}'
  const authorization = `Bearer ${await signTestToken('ann')}`
  const answers: readonly (readonly [path: string, status: number, RequestInit])[] = [
    ['/graphql', 200, { method: 'POST', headers: JSON_TYPE, body }],
    ['/graphql/', 200, { method: 'POST', headers: JSON_TYPE, body }],
    ['/nowhere', 404, {}],
    ['/graphql', 400, { method: 'POST', headers: JSON_TYPE, body: '{' }],
    ['/graphql', 401, { method: 'POST', headers: { ...JSON_TYPE, authorization: 'Bearer x' }, body }],
    ['/graphql', 405, { method: 'PATCH', headers: JSON_TYPE, body }],
    ['/graphql', 201, { method: 'PUT' }],
    ['/graphql', 404, { method: 'DELETE', headers: { 'x-graphql-event-stream-token': 'x' } }],
    ['/graphql', 406, { method: 'POST', headers: { ...JSON_TYPE, accept: 'text/css' }, body }],
    ['/graphql', 413, { method: 'POST', headers: JSON_TYPE, body: 'x'.repeat(2_000) }],
    ['/graphql', 415, { method: 'POST', headers: { 'content-type': 'text/plain' }, body }],
    [
      '/graphql',
      429,
      {
        method: 'POST',
        headers: { ...JSON_TYPE, authorization, accept: 'text/event-stream' },
        body: '{"query":"subscription { log }"}',
      },
    ],
    ['/live', 200, {}],
    ['/live', 200, { method: 'HEAD' }],
    ['/live', 405, { method: 'POST', body: '{}' }],
    ['/ready', 503, {}],
    ['/ready', 405, { method: 'DELETE' }],
    ['/metrics', 403, {}],
    ['/live', 204, { method: 'OPTIONS' }],
    ['/nowhere', 204, { method: 'OPTIONS' }],
  ]
  for (const [path, status, init] of answers) {
    const answer = await fetch(new URL(path, url), { ...init, headers: { ...init.headers, origin: ORIGIN } })
    expect([path, init.method, answer.status]).toEqual([path, init.method, status])
    expect([path, status, answer.headers.get('access-control-allow-origin')]).toEqual([path, status, ORIGIN])
    expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After')
    if (status === 405) expect(answer.headers.get('allow')).toContain('OPTIONS')
    await answer.body?.cancel()
  }
  const foreign = await fetch(new URL('/nowhere', url), { headers: { origin: 'https://evil.example' } })
  expect([foreign.headers.get('access-control-allow-origin'), foreign.headers.get('vary')]).toEqual([null, 'Origin'])
})

test('a page may read what could not be read', async () => {
  const { url, lines } = await startSmallServer({ origins: [ORIGIN] })
  const { host } = new URL(url)
  const head = (origin: string) => `POST /graphql HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\n`
  const large = `Authorization: Bearer ${'x'.repeat(20_000)}\r\n\r\n`
  const answer = await raw(url, `${head(ORIGIN)}${large}`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/)
  expect(answer).toContain(`\r\naccess-control-allow-origin: ${ORIGIN}\r\n`)
  expect(JSON.parse(answer.slice(answer.indexOf('{')))).toMatchObject({
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  })
  expect(await raw(url, `${head('https://evil.example')}${large}`)).not.toContain('allow-origin')
  const broken = await raw(url, `${head(ORIGIN)}Content-Length: x\r\n\r\n`)
  expect(broken).toMatch(/^HTTP\/1\.1 400 /)
  expect(broken).toContain(`access-control-allow-origin: ${ORIGIN}`)
  const expecting = await raw(url, `${head(ORIGIN)}Expect: coffee\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
  expect(expecting).toMatch(/^HTTP\/1\.1 417 /)
  expect(expecting).toContain(`access-control-allow-origin: ${ORIGIN}`)
  expect(lines.filter(({ level }) => level === 'error')).toEqual([])
})

test('the page for developers, which can contain a token, is for no other page', async () => {
  const { url } = await startSmallServer({ origins: [ORIGIN], graphiql: {} })
  for (const method of ['GET', 'HEAD']) {
    const page = await fetch(url, { method, headers: { accept: 'text/html', origin: ORIGIN } })
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
    expect(page.headers.get('access-control-allow-origin')).toBe(null)
  }
  expect((await ask(`${url}/`, '{ hello }')).body).toEqual({ data: { hello: 'world' } })
})
