import { request } from 'node:http'
import { auditServer } from 'graphql-http'
import { expect, test } from 'vitest'
import { AppError } from '../../src/lib/errors.ts'
import { ask } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { startSmallServer } from '../support/small-server.ts'

const JSON_ACCEPT = { accept: 'application/graphql-response+json' }

test('answers queries and mutations', async () => {
  const { url } = await startSmallServer()
  expect((await ask(url, '{ hello }')).body).toEqual({ data: { hello: 'world' } })
  const said = await ask(url, { query: 'mutation($text: String!) { say(text: $text) }', variables: { text: 'hi' } })
  expect(said.body).toEqual({ data: { say: 'hi' } })
})

test('keeps to GraphQL over HTTP', async () => {
  const { url } = await startSmallServer()
  const results = await auditServer({ url })
  const failed = results.filter(({ status }) => status !== 'ok')
  expect(failed.map(({ name, reason }: { name: string; reason?: string }) => [name, reason])).toEqual([])
})

test('gives every error a code and no more than the caller may know', async () => {
  const { url, lines } = await startSmallServer()
  const errorOf = async (query: string, variables?: Record<string, unknown>) => {
    const { body } = await ask(url, { query, variables })
    expect(JSON.stringify(body)).not.toContain('http')
    return body['errors'][0]
  }
  expect(await errorOf('{ hello')).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  expect(await errorOf('{ nothing }')).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } })
  expect(await errorOf('query($to: Int!) { add(to: $to) }', { to: 'x' })).toMatchObject({
    message: expect.stringContaining('$to'),
    extensions: { code: 'BAD_USER_INPUT' },
  })
  expect(await errorOf('{ me }')).toMatchObject({
    message: 'A valid token is needed.',
    path: ['me'],
    extensions: { code: 'UNAUTHENTICATED' },
  })
  expect(await errorOf('{ refused }')).toEqual({
    message: 'This is not for you.',
    path: ['refused'],
    extensions: { code: 'FORBIDDEN', why: 'test' },
  })
  expect(await errorOf('query Secret { broken }')).toEqual({
    message: 'Something went wrong.',
    path: ['broken'],
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })
  expect(await errorOf('{ half }')).toMatchObject({ extensions: { code: 'INTERNAL_SERVER_ERROR' } })

  const failures = lines.filter(({ msg }) => msg === 'operation failed')
  expect(failures).toHaveLength(2)
  expect(failures[0]).toMatchObject({ operation: 'Secret', err: { message: 'secret detail' } })
})

test('says by the status what a request failed of', async () => {
  const { url } = await startSmallServer({ limits: { requestBytes: 1_000 } })
  const status = async (body: string, headers: Record<string, string> = {}, method = 'POST') => {
    const response = await fetch(url, { method, headers: { 'content-type': 'application/json', ...headers }, body })
    const text = await response.text()
    expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_USER_INPUT')
    return response.status
  }
  const hello = JSON.stringify({ query: '{ hello }' })
  expect(await status('{"query":')).toBe(400)
  expect(await status('[]')).toBe(400)
  expect(await status(`[${hello},${hello}]`)).toBe(400)
  expect(await status('{"query":"{ nothing }"}', JSON_ACCEPT)).toBe(400)
  expect(await status(JSON.stringify({ query: `{ hello } # ${'x'.repeat(1_000)}` }))).toBe(413)
  expect(await status(hello, {}, 'PATCH')).toBe(405)
  expect(await status(hello, {}, 'DELETE')).toBe(400)
})

test('does not read a body that is too large, even without a length', async () => {
  const { url } = await startSmallServer({ limits: { requestBytes: 1_000 } })
  const { hostname, port } = new URL(url)
  const answered = await new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      path: '/graphql',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    })
    sent.on('response', (response) => resolve(response.statusCode))
    sent.on('error', reject)
    sent.write('{"query":"{ hello } # ')
    sent.write('x'.repeat(2_000))
    sent.end('"}')
  })
  expect(answered).toBe(413)
})

test('accepts nothing that a foreign page could make a browser send unasked', async () => {
  const { url } = await startSmallServer()
  const body = JSON.stringify({ query: 'mutation { say(text: "hi") }' })
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ]
  for (const type of types) {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body })
    expect([type, response.status]).toEqual([type, 415])
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] })
  }
  const get = await fetch(`${url}?query=${encodeURIComponent('mutation { say(text: "hi") }')}`)
  expect(get.status).toBe(405)
})

test('answers queries by GET', async () => {
  const { url } = await startSmallServer()
  expect(await (await fetch(`${url}?query={hello}`)).json()).toEqual({ data: { hello: 'world' } })
})

test('has nothing elsewhere', async () => {
  const { url } = await startSmallServer()
  for (const path of ['/', '/graphql/x', '/graphqlx', '/health']) {
    const response = await fetch(new URL(path, url))
    expect([path, response.status]).toEqual([path, 404])
  }
})

test('gives each request a connection of its own', async () => {
  const { url } = await startSmallServer()
  const ids = await Promise.all([ask(url, '{ connection }'), ask(url, '{ connection }')])
  const [first, second] = ids.map(({ body }) => body['data'].connection)
  expect(first).not.toBe(second)
})

test('is live and ready', async () => {
  const { url } = await startSmallServer({ checks: { database: async () => {} } })
  const live = await fetch(new URL('/live', url))
  expect([live.status, await live.json()]).toEqual([200, { status: 'live' }])
  const ready = await fetch(new URL('/ready', url))
  expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready', parts: { database: { isUp: true } } }])
})

test('is not ready when a part does not answer, and says which', async () => {
  const failures = [
    new AppError('SERVICE_UNAVAILABLE', 'The database does not answer.'),
    new Error('connect ECONNREFUSED 10.0.0.7:5432'),
  ]
  const checks = { database: () => Promise.reject(failures.shift()), redis: async () => {} }
  const { url } = await startSmallServer({ checks })
  const told = await fetch(new URL('/ready', url))
  expect([told.status, await told.json()]).toEqual([
    503,
    {
      status: 'unavailable',
      parts: { database: { isUp: false, reason: 'The database does not answer.' }, redis: { isUp: true } },
    },
  ])
  const hidden = await fetch(new URL('/ready', url))
  expect((await hidden.json()).parts.database).toEqual({ isUp: false, reason: 'It does not answer.' })
  expect((await fetch(new URL('/live', url))).status).toBe(200)
})

test('is not ready when a part never answers', async () => {
  const clock = createManualClock()
  const asked = Promise.withResolvers<void>()
  const database = () => {
    asked.resolve()
    return new Promise<void>(() => {})
  }
  const { url } = await startSmallServer({ clock, checks: { database } })
  const answer = fetch(new URL('/ready', url))
  await asked.promise
  clock.advance(2_000)
  expect((await answer).status).toBe(503)
})

test('refuses a port that is taken', async () => {
  const { url } = await startSmallServer()
  await expect(startSmallServer({ port: Number(new URL(url).port) })).rejects.toThrow('EADDRINUSE')
})
