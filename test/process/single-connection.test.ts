import type { ExecutionResult } from 'graphql'
import { expect, test } from 'vitest'
import { signTestToken, startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { openProxy } from '../support/proxy.ts'
import {
  connectSingle,
  headersOf,
  openReserved,
  openSingle,
  reserve,
  STREAM_TOKEN,
} from '../support/single-connection.ts'
import { startSmallServer } from '../support/small-server.ts'

function numbersIn(results: readonly ExecutionResult[]): readonly unknown[] {
  return results.map(({ data }) => Object.values(data ?? {})[0])
}

test('the stock client has several subscriptions, queries and mutations over one connection', async () => {
  const { url, stage, services, lines } = await startSmallServer()
  const client = await connectSingle(url, await signTestToken('ann'))
  const log = client.follow('subscription { log }')
  const state = client.follow('subscription { state }')
  const open = client.follow('subscription { open }')
  await expect.poll(() => stage.readers).toBe(3)
  const query = client.follow('{ me }')
  const mutation = client.follow('mutation { say(text: "hi") }')
  await expect.poll(() => query.isOver() && mutation.isOver()).toBe(true)
  expect([query.results, mutation.results]).toEqual([[{ data: { me: 'ann' } }], [{ data: { say: 'hi' } }]])
  stage.emit(7)
  await expect.poll(() => [log, state, open].map(({ results }) => numbersIn(results))).toEqual([[7], [0, 7], [0, 7]])
  expect(lines.filter(({ msg }) => msg === 'connection opened')).toMatchObject([{ transport: 'sse', userId: 'ann' }])
  expect(services.presence.localConnections('ann')).toBe(1)
  expect(client.sent.map(({ method, status }) => `${method} ${status}`).sort()).toEqual([
    'GET 200',
    ...Array(5).fill('POST 202'),
    'PUT 201',
  ])
})

test('ending a subscription leaves the others, and going away ends them all', async () => {
  const { url, stage, services, closed } = await startSmallServer()
  const client = await connectSingle(url, await signTestToken('ann'))
  const ended = client.follow('subscription { state }')
  const other = client.follow('subscription { log }')
  await expect.poll(() => ended.results.length === 1 && stage.readers === 2).toBe(true)
  ended.end()
  await expect.poll(() => stage.readers).toBe(1)
  expect(client.sent.at(-1)).toEqual({ method: 'DELETE', status: 200 })
  stage.emit(1)
  await expect.poll(() => numbersIn(other.results)).toEqual([1])
  expect(numbersIn(ended.results)).toEqual([0])
  client.dispose()
  await expect.poll(() => stage.readers).toBe(0)
  await expect.poll(() => services.presence.localConnections('ann')).toBe(0)
  expect(closed).toHaveLength(1)
})

test('an event says whose it is, and has no id, and what is ended is told nothing more', async () => {
  const { url, stage } = await startSmallServer()
  const single = await openSingle(url)
  expect(single.response.headers.get('content-type')).toBe('text/event-stream')
  expect(await single.send('ä "1"', 'subscription { log }')).toEqual([202, {}])
  expect(await single.send('2', 'subscription { state }')).toEqual([202, {}])
  expect(await single.next()).toMatchObject({ event: 'next', data: { id: '2', payload: { data: { state: 0 } } } })
  stage.emit(5)
  const both = [await single.next(), await single.next()]
  expect(both.find((event) => event?.data['id'] === 'ä "1"')).toEqual({
    event: 'next',
    id: undefined,
    data: { id: 'ä "1"', payload: { data: { log: 5 }, extensions: { cursor: expect.any(String), resume: null } } },
  })
  expect(await single.stop('2')).toBe(200)
  expect(await single.stop('never-begun')).toBe(200)
  stage.emit(6)
  expect(await single.next()).toMatchObject({ data: { id: 'ä "1"', payload: { data: { log: 6 } } } })
  await single.send('2', '{ connection }')
  expect(await single.next()).toMatchObject({
    data: { id: '2', payload: { data: { connection: expect.any(String) } } },
  })
  expect(await single.next()).toEqual({ event: 'complete', data: { id: '2' }, id: undefined })
})

test('an operation that is refused before it begins is answered, and one that fails later is told by the stream', async () => {
  const { url } = await startSmallServer({ limits: { operationCost: 100 } })
  const single = await openSingle(url)
  const badInput = [{ extensions: { code: 'BAD_USER_INPUT' } }]
  for (const accept of ['*/*', 'application/json', 'text/event-stream']) {
    for (const query of ['{ nothing }', '{ hello', `{ ${'x'.repeat(9)}: broken(a: 1) }`]) {
      expect([accept, query, ...(await single.send('1', query, { accept }))]).toMatchObject([
        accept,
        query,
        400,
        { errors: badInput },
      ])
    }
  }
  for (const id of [undefined, '', 1, 'x'.repeat(129)]) {
    expect(await single.send(id, '{ hello }')).toMatchObject([400, { errors: badInput }])
  }
  expect(await single.send('1', '{ refused }')).toEqual([202, {}])
  expect(await single.next()).toMatchObject({
    data: { id: '1', payload: { data: { refused: null }, errors: [{ extensions: { code: 'FORBIDDEN' } }] } },
  })
  expect(await single.next()).toMatchObject({ event: 'complete', data: { id: '1' } })
  expect(await single.send('2', 'subscription { refused }')).toEqual([202, {}])
  expect(await single.next()).toMatchObject({
    data: { id: '2', payload: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } },
  })
  expect(await single.next()).toMatchObject({ event: 'complete', data: { id: '2' } })
})

test('a token is of use to nobody but who reserved it, and stands in no log', async () => {
  const { url, stage, services, lines } = await startSmallServer()
  const single = await openSingle(url)
  expect(single.token).toMatch(/^[\w-]{32}$/)
  await single.send('1', 'subscription { log }')
  const answerTo = async (token: string, userId: string | null, method: string): Promise<readonly [number, string]> => {
    const headers = { ...(await headersOf(userId)), [STREAM_TOKEN]: token, 'content-type': 'application/json' }
    const body = method === 'POST' ? '{"query":"{ hello }","extensions":{"operationId":"2"}}' : null
    const response = await fetch(`${url}?operationId=1`, { method, headers, body })
    return [response.status, await response.text()]
  }
  for (const method of ['GET', 'POST', 'DELETE']) {
    const unknown = await answerTo('x'.repeat(32), 'bob', method)
    expect([method, unknown[0]]).toEqual([method, 404])
    expect(await answerTo(single.token, 'bob', method)).toEqual(unknown)
    expect(await answerTo(single.token, null, method)).toEqual(unknown)
  }
  const forged = await fetch(url, { method: 'PUT', headers: { authorization: 'Bearer x' } })
  expect([forged.status, services.presence.localConnections('bob')]).toEqual([401, 0])
  stage.emit(1)
  expect(await single.next()).toMatchObject({ data: { id: '1' } })
  expect(lines.some(({ msg, answer }) => msg === 'refused' && answer === 404)).toBe(true)
  expect(JSON.stringify(lines)).not.toContain(single.token)
})

test('a token has one stream, and an id one operation at a time', async () => {
  const { url, stage } = await startSmallServer()
  const single = await openSingle(url)
  const again = await openReserved(url, single.token, await headersOf('ann'))
  expect(again.response.status).toBe(409)
  expect(await single.send('1', 'subscription { log }')).toEqual([202, {}])
  await expect.poll(() => stage.readers).toBe(1)
  expect(await single.send('1', 'subscription { log }')).toMatchObject([
    409,
    { errors: [{ extensions: { code: 'CONFLICT' } }] },
  ])
  expect(stage.readers).toBe(1)
  single.abort()
  await expect.poll(() => stage.readers).toBe(0)
  expect((await openReserved(url, single.token, await headersOf('ann'))).response.status).toBe(404)
})

test('the token can be in the address, and the stream be opened after an operation was sent', async () => {
  const { url } = await startSmallServer()
  const headers = await headersOf('ann')
  const { text } = await reserve(url, headers)
  const early = await fetch(`${url}?token=${text}`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"query":"{ me }","extensions":{"operationId":"1"}}',
  })
  expect(early.status).toBe(202)
  const unread = await fetch(`${url}?token=${text}`, { headers: { ...headers, accept: 'application/json' } })
  expect([unread.status, await unread.text()]).toEqual([400, expect.stringContaining('text/event-stream')])
  const single = await openReserved(url, text, headers)
  expect(await single.next()).toMatchObject({ data: { id: '1', payload: { data: { me: 'ann' } } } })
})

test('an operation that is ended while it waits is neither finished nor answered', async () => {
  const { url, stage } = await startSmallServer()
  const single = await openSingle(url)
  await single.send('1', '{ steps { taken } }')
  await expect.poll(() => stage.steps).toBeGreaterThan(0)
  await single.stop('1')
  await single.send('2', 'subscription { late }')
  await expect.poll(() => stage.waiting).toBe(1)
  await single.stop('2')
  stage.letGo()
  await single.send('3', '{ hello }')
  expect(await single.next()).toMatchObject({ data: { id: '3', payload: { data: { hello: 'world' } } } })
  expect(stage.steps).toBeLessThan(1_000)
  expect(stage.readers).toBe(0)
})

test('what was sent after a subscription is done when that has begun', async () => {
  const { url, stage } = await startSmallServer()
  const single = await openSingle(url)
  await single.send('1', 'subscription { late }')
  await expect.poll(() => stage.waiting).toBe(1)
  expect(await single.send('2', 'mutation { say(text: "after") }')).toEqual([202, {}])
  // On a stream of its own nothing is waited for.
  const other = await openSingle(url)
  await other.send('1', 'mutation { say(text: "elsewhere") }')
  expect(await other.next()).toMatchObject({ data: { id: '1' } })
  expect(stage.said).toEqual(['elsewhere'])
  stage.letGo()
  await expect.poll(() => stage.said).toEqual(['elsewhere', 'after'])
})

test('a client that is cut comes back, and misses nothing where it says after what', async () => {
  const app = await startTestApp()
  const network = await openProxy(Number(new URL(app.url).port))
  const [backend, ann] = [await connectDevice(app, 'shop', 'backend'), await connectDevice(app, 'ann')]
  const { notifications } = await ann.run('{ notifications { resumeCursor } }')
  const client = await connectSingle(`http://127.0.0.1:${network.port}/graphql`, await app.token('ann'))
  const added = client.follow('subscription($after: Cursor) { notificationAdded(after: $after) { title } }', {
    after: notifications.resumeCursor,
  })
  const unread = client.follow('subscription { unreadCount { count } }')
  const titles = Array.from({ length: 20 }, (_, n) => `${n}`)
  const got = () =>
    added.results.map(({ data }) => (data?.['notificationAdded'] as { title: string } | undefined)?.title)
  for (const [n, title] of titles.entries()) {
    const input = { userIds: ['ann'], notification: { type: 'x', title } }
    await backend.run('mutation($input: NotifyInput!) { notify(input: $input) { notificationId } }', { input })
    if (n % 5 === 3) network[n % 2 === 0 ? 'reset' : 'end']()
    else await expect.poll(got).toContain(title)
  }
  await expect.poll(() => [...new Set(got())]).toEqual(titles)
  await expect.poll(() => unread.results.at(-1)?.data).toEqual({ unreadCount: { count: 20 } })
  expect([added.errors, unread.errors]).toEqual([[], []])
  expect(client.sent.filter(({ method }) => method === 'PUT').length).toBeGreaterThan(1)
})
