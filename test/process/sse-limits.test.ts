import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openEventStream } from '../support/ask.ts'
import { createManualClock } from '../support/clock.ts'
import { startSmallServer } from '../support/small-server.ts'

async function bearer(userId = 'ann') {
  return { authorization: `Bearer ${await signTestToken(userId)}` }
}

test('a client that does not read its stream is cut after 30 seconds, and is online no longer', async () => {
  const clock = createManualClock(Date.now())
  const { url, stage, services, closed, lines } = await startSmallServer({ clock })
  const { hostname, port, host } = new URL(url)
  const { authorization } = await bearer()
  const query = `subscription{${'x'.repeat(8_000)}:log}`
  const tcp = connect(Number(port), hostname)
  onTestFinished(() => void tcp.destroy())
  tcp.pause()
  tcp.write(
    `GET /graphql?query=${query} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: ${authorization}\r\nAccept: text/event-stream\r\n\r\n`,
  )
  const reader = await openEventStream(url, 'subscription { open }', await bearer('bob'))
  await expect.poll(() => stage.readers).toBe(2)
  expect(services.presence.localConnections('ann')).toBe(1)
  // More than the network holds between the two; what is not read waits in the feed, not in the response.
  for (let n = 0; n < 3_000; n += 1) stage.emit(n)
  const passSeconds = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      clock.advance(1_000)
      await new Promise(setImmediate)
    }
  }
  await expect
    .poll(
      async () => {
        await passSeconds(5)
        return closed.length
      },
      { timeout: 60_000 },
    )
    .toBe(1)
  expect(services.presence.localConnections('ann')).toBe(0)
  expect(services.presence.localConnections('bob')).toBe(1)
  const end = lines.find(({ msg, users }) => msg === 'connection closed' && String(users) === 'ann')
  expect(end).toMatchObject({ reason: 'Too slow', transport: 'sse' })
  reader.abort()
})

test('a user with too many streams gets 429 before one begins, and may come again', async () => {
  const { url, stage } = await startSmallServer({ limits: { socketsPerUser: 2 } })
  const first = await openEventStream(url, 'subscription { log }', await bearer())
  await openEventStream(url, 'subscription { log }', await bearer())
  await expect.poll(() => stage.readers).toBe(2)
  const began = stage.began
  const refused = await openEventStream(url, 'subscription { log }', await bearer())
  expect(refused.response.status).toBe(429)
  expect(Number(refused.response.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(await refused.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] } })
  expect(stage.began).toBe(began)
  const other = await openEventStream(url, 'subscription { log }', await bearer('bob'))
  expect(other.response.status).toBe(200)
  first.abort()
  await expect
    .poll(async () => (await openEventStream(url, 'subscription { log }', await bearer())).response.status)
    .toBe(200)
})

test('streams that name the same connection are one', async () => {
  const limits = { socketsPerUser: 1, subscriptionsPerSocket: 3 }
  const { url, stage, services, closed } = await startSmallServer({ limits })
  const tab = { 'herald-connection': 'tab-1' }
  const open = async (headers: Record<string, string>, userId = 'ann') =>
    openEventStream(url, 'subscription { log }', { ...(await bearer(userId)), ...headers })
  const streams = [await open(tab), await open(tab), await open(tab)]
  await expect.poll(() => stage.readers).toBe(3)
  expect(services.presence.localConnections('ann')).toBe(1)
  expect((await open(tab)).response.status).toBe(429)
  expect((await open({ 'herald-connection': 'tab-2' })).response.status).toBe(429)
  const nameless = await open({ 'herald-connection': 'no name' })
  expect(await nameless.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] } })
  // The names of one user say nothing to another one.
  expect((await open(tab, 'bob')).response.status).toBe(200)
  for (const stream of streams.slice(0, 2)) stream.abort()
  await expect.poll(() => stage.readers).toBe(2)
  expect(closed).toEqual([])
  expect(services.presence.localConnections('ann')).toBe(1)
  await services.presence.disconnect('ann', 'Bye.')
  expect(await streams[2]?.next()).toMatchObject({ data: { errors: [{ message: 'Bye.' }] } })
  await expect.poll(() => services.presence.localConnections('ann')).toBe(0)
  expect(closed).toHaveLength(1)
  expect((await open({ 'herald-connection': 'tab-2' })).response.status).toBe(200)
})

test('a subscription that is refused leaves nobody behind', async () => {
  const { url, services, closed } = await startSmallServer({ limits: { socketsPerUser: 1 } })
  for (let n = 0; n < 3; n += 1) {
    const stream = await openEventStream(url, 'subscription { refused }', await bearer())
    expect(await stream.next()).toMatchObject({ data: { errors: [{ extensions: { code: 'FORBIDDEN' } }] } })
  }
  expect(closed).toHaveLength(3)
  expect(services.presence.localConnections('ann')).toBe(0)
})
