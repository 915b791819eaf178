import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import type { Viewer } from '../../src/auth/viewer.ts'
import { signTestToken, startTestApp } from '../support/app.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { connectDevice } from '../support/device.ts'
import { headersOf, openReserved, openSingle, reserve, STREAM_TOKEN } from '../support/single-connection.ts'
import { startSmallServer } from '../support/small-server.ts'

function closings(lines: readonly Record<string, unknown>[]) {
  return lines.filter(({ msg }) => msg === 'connection closed')
}

/** Opens a stream and reads nothing of it. */
async function openUnread(url: string, headers: Record<string, string>) {
  const { text: token } = await reserve(url, headers)
  const { hostname, port, host } = new URL(url)
  const tcp = connect(Number(port), hostname)
  onTestFinished(() => void tcp.destroy())
  tcp.pause()
  const lines = Object.entries({ ...headers, host, accept: 'text/event-stream', [STREAM_TOKEN]: token })
  tcp.write(`GET /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  const send = async (operationId: string, query: string): Promise<number> => {
    const type = { 'content-type': 'application/json' }
    const body = JSON.stringify({ query, extensions: { operationId } })
    const response = await fetch(url, { method: 'POST', headers: { ...headers, ...type, [STREAM_TOKEN]: token }, body })
    await response.text()
    return response.status
  }
  return { send, tcp }
}

async function pass(clock: ManualClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    clock.advance(1_000)
    await new Promise(setImmediate)
  }
}

test('a session that ends tells each of its operations why, and its token is worth nothing any more', async () => {
  const { url, stage, services, lines } = await startSmallServer()
  const single = await openSingle(url)
  await single.send('1', 'subscription { log }')
  await single.send('2', 'subscription { log }')
  const { text: reserved } = await reserve(url, await headersOf('ann'))
  await expect.poll(() => stage.readers).toBe(2)
  await services.presence.disconnect('ann', 'Signed out everywhere.')
  const told = [await single.next(), await single.next(), await single.next(), await single.next()]
  expect(told.map((event) => [event?.event, event?.data['id']])).toEqual([
    ['next', '1'],
    ['complete', '1'],
    ['next', '2'],
    ['complete', '2'],
  ])
  expect(told[2]?.data['payload']).toMatchObject({ errors: [{ message: 'Signed out everywhere.' }] })
  expect(await single.next()).toBeUndefined()
  expect((await single.send('3', '{ hello }'))[0]).toBe(404)
  expect((await openReserved(url, reserved, await headersOf('ann'))).response.status).toBe(404)
  expect(stage.readers).toBe(0)
  expect(services.presence.localConnections('ann')).toBe(0)
  expect(closings(lines)).toMatchObject([{ reason: 'Signed out everywhere.', users: ['ann'] }])
})

test('a stream ends with its token, and with the first one that came with an operation', async () => {
  const clock = createManualClock(Date.now())
  const { url } = await startSmallServer({ clock })
  const single = await openSingle(url)
  await single.send('1', 'subscription { log }')
  const exp = Math.floor(Date.now() / 1_000) + 100
  const authorization = `Bearer ${await signTestToken('ann', 'customer', { exp })}`
  await single.send('2', 'subscription { log }', { authorization })
  clock.advance(102_000)
  expect(await single.next()).toMatchObject({ data: { payload: { errors: [{ extensions: { reason: 'expired' } }] } } })
})

test('a drain cuts the stream, so that its client comes back, and ends reservations', async () => {
  const { url, services, close } = await startSmallServer()
  const single = await openSingle(url)
  await reserve(url, await headersOf('ann'))
  await single.send('1', 'subscription { log }')
  await close()
  await expect(single.next()).rejects.toThrow()
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('a client that does not read its stream is cut after 30 seconds, and is online no longer', async () => {
  const clock = createManualClock(Date.now())
  const { url, stage, services, lines, closed } = await startSmallServer({ clock })
  const { send } = await openUnread(url, await headersOf('ann'))
  expect(await send('1', `subscription{${'x'.repeat(8_000)}:log}`)).toBe(202)
  await expect.poll(() => stage.readers).toBe(1)
  for (let n = 0; n < 3_000; n += 1) stage.emit(n)
  const ended = async (): Promise<number> => {
    await pass(clock, 5)
    return closed.length
  }
  await expect.poll(ended).toBe(1)
  expect(closings(lines)).toMatchObject([{ reason: 'Too slow', transport: 'sse', users: ['ann'] }])
  expect([stage.readers, services.presence.localConnections('ann')]).toEqual([0, 0])
})

test('answers that are not taken keep further ones from being made', async () => {
  const { url, stage } = await startSmallServer({ limits: { answerBytes: 8_000_000 } })
  const headers = await headersOf('ann')
  const { send, tcp } = await openUnread(url, headers)
  // More than the network holds.
  for (const id of ['1', '2', '3', '4']) expect(await send(id, '{ long(length: 6000000) }')).toBe(202)
  expect(await send('5', 'mutation { say(text: "late") }')).toBe(202)
  // A request that came later was answered; what is on the stream waits.
  await (await fetch(`${url}?query={hello}`)).text()
  expect(stage.said).toEqual([])
  tcp.resume()
  await expect.poll(() => stage.said).toEqual(['late'])
})

test('a client that has gone before its stream begins leaves nothing behind', async () => {
  const viewer: Viewer = { userId: 'ann', role: 'CUSTOMER', name: null, avatarUrl: null, expiresAt: Infinity }
  const [asked, checked] = [Promise.withResolvers<void>(), Promise.withResolvers<Viewer>()]
  const answers = [Promise.resolve(viewer), checked.promise]
  const authenticate = () => {
    if (answers.length === 1) asked.resolve()
    return answers.shift() ?? Promise.resolve(viewer)
  }
  const { url, services, lines } = await startSmallServer({ authenticate })
  const headers = { authorization: 'Bearer of-ann' }
  const { text: token } = await reserve(url, headers)
  const controller = new AbortController()
  const mine = { ...headers, accept: 'text/event-stream', [STREAM_TOKEN]: token }
  const response = fetch(url, { headers: mine, signal: controller.signal })
  await asked.promise
  controller.abort()
  await expect(response).rejects.toThrow()
  // It is seen that it has gone when the next one is answered.
  await fetch(`${url}?query={hello}`)
  checked.resolve(viewer)
  await expect.poll(() => closings(lines)).toHaveLength(1)
  expect(services.presence.localConnections('ann')).toBe(0)
})

test('an operation whose stream ends while it comes in is refused, and takes nothing', async () => {
  const { url, stage, services } = await startSmallServer()
  const [headers, single] = [await headersOf('ann'), await openSingle(url)]
  const body = '{"query":"mutation { say(text: 1) }","extensions":{"operationId":"1"}}'.replace('1)', '\\"hi\\")')
  const { hostname, port, host } = new URL(url)
  const tcp = connect(Number(port), hostname)
  onTestFinished(() => void tcp.destroy())
  const head = { ...headers, host, 'content-type': 'application/json', 'content-length': `${body.length}` }
  const lines = Object.entries({ ...head, [STREAM_TOKEN]: single.token, expect: '100-continue' })
  let text = ''
  tcp.on('data', (chunk) => {
    text += String(chunk)
  })
  tcp.write(`POST /graphql HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`)
  await expect.poll(() => text).toContain('100 Continue')
  await single.send('2', '{ hello }')
  single.abort()
  await expect.poll(() => services.presence.localConnections('ann')).toBe(0)
  tcp.write(body)
  await expect.poll(() => text).toContain('404 Not Found')
  expect(text).toContain('Reserve one by PUT')
  expect(stage.said).toEqual([])
})

test('a user who is erased has no stream any more', async () => {
  const app = await startTestApp()
  const token = await app.token('ann')
  const headers = { authorization: `Bearer ${token}` }
  const { text } = await reserve(app.url, headers)
  const single = await openReserved(app.url, text, headers)
  await single.send('1', 'subscription { notificationAdded { title } }')
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run('mutation { eraseUser(userId: "ann") { at } }')
  expect(await single.next()).toMatchObject({
    event: 'next',
    data: { id: '1', payload: { errors: [expect.anything()] } },
  })
  expect(await single.next()).toMatchObject({ event: 'complete' })
  expect(await single.next()).toBeUndefined()
})
