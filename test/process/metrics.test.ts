import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { parseMetrics, scrape } from '../support/metrics.ts'
import { nodeEnvironment, received, until } from '../support/nodes.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startRedis } from '../support/redis.ts'

const NOTIFY =
  'mutation { notify(input: { userIds: ["alice"], notification: { type: "a.b", title: "Hi" } }) { notificationId } }'

describe('the metrics', () => {
  test('count who is connected, what they do and how they go', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    await phone.run('{ me { id } }')
    await laptop.run('{ me { id } }')
    const stream = phone.subscribe('subscription { unreadCount { count } }')
    await stream.next()
    await backend.run(NOTIFY)
    await stream.next()
    await expect(phone.run(NOTIFY)).rejects.toMatchObject({ code: 'FORBIDDEN' })

    const before = await scrape(app)
    expect(before.value('herald_connections{transport="websocket"}')).toBe(3)
    expect(before.value('herald_connections{transport="sse"}')).toBe(0)
    expect(before.value('herald_users')).toBe(2)
    expect(before.value('herald_operations_total{type="query"}')).toBe(2)
    expect(before.value('herald_operations_total{type="mutation"}')).toBe(2)
    expect(before.value('herald_operations_total{type="subscription"}')).toBe(1)
    expect(before.value('herald_errors_total{code="FORBIDDEN"}')).toBe(1)
    expect(before.value('herald_events_published_total')).toBeGreaterThan(0)
    expect(before.value('herald_part_up{part="database"}')).toBe(1)
    expect(before.value('herald_bus_lag_seconds')).toBeUndefined()
    expect(before.value('herald_commands_total{outcome="executed"}')).toBe(0)

    await laptop.close()
    await until(async () => (await scrape(app)).value('herald_connections{transport="websocket"}') === 2)
    const after = await scrape(app)
    expect(after.value('herald_websocket_closes_total{code="1000"}')).toBe(1)
    expect(after.value('herald_connections_opened_total{transport="websocket"}')).toBe(3)
    expect(after.value('herald_users')).toBe(2)
  })

  test('tell how many results an event became, and how long that took', async () => {
    const app = await startTestApp()
    const devices = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    for (const device of devices) {
      const stream = device.subscribe('subscription { notificationAdded { title } }')
      await received(
        stream,
        () => backend.run(NOTIFY),
        () => true,
      )
    }
    const { value } = await scrape(app)
    expect(value('herald_groups')).toBe(1)
    expect(value('herald_deliveries_total')).toBeGreaterThanOrEqual(2)
    expect(value('herald_delivery_seconds_count')).toBeGreaterThanOrEqual(2)
    expect(value('herald_delivery_seconds_bucket{le="+Inf"}')).toBe(value('herald_delivery_seconds_count'))
  })

  test('count streams over HTTP as connections', async () => {
    const app = await startTestApp()
    const abort = new AbortController()
    const response = await fetch(app.url, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${await app.token('alice')}`,
      },
      body: JSON.stringify({ query: 'subscription { unreadCount { count } }' }),
      signal: abort.signal,
    })
    await response.body?.getReader().read()
    await until(async () => (await scrape(app)).value('herald_connections{transport="sse"}') === 1)
    abort.abort()
    await until(async () => (await scrape(app)).value('herald_connections{transport="sse"}') === 0)
  })

  test('count what limits and rules refuse, by reason', async () => {
    const app = await startTestApp({ env: { MAX_SOCKETS_PER_USER: '1', MAX_SUBSCRIPTIONS_PER_SOCKET: '1' } })
    const first = await openRawSocket(app.wsUrl)
    await first.init({ token: await app.token('alice') })
    first.subscribe('1', 'subscription { unreadCount { count } }')
    await first.next()
    first.subscribe('2', 'subscription { unreadCount { count } }')
    await first.next()
    const second = await openRawSocket(app.wsUrl)
    second.send({ type: 'connection_init', payload: { token: await app.token('alice') } })
    await second.closed
    await expect(openRawSocket(app.wsUrl, { origin: 'https://evil.example' })).rejects.toThrow('403')
    await expect(openRawSocket(app.wsUrl.replace('/graphql', '/'))).rejects.toThrow('404')

    const { value } = await scrape(app)
    for (const reason of ['sockets_per_user', 'subscriptions_per_socket', 'origin', 'path']) {
      expect([reason, value(`herald_rejects_total{reason="${reason}"}`)]).toEqual([reason, 1])
    }
    expect(value('herald_rejects_total{reason="connections_per_second"}')).toBe(0)
    await until(async () => (await scrape(app)).value('herald_websocket_closes_total{code="1013"}') === 1)
  })

  test('do not let clients make series of their own', async () => {
    const app = await startTestApp()
    for (const code of [3_001, 3_002, 4_999]) {
      const socket = await openRawSocket(app.wsUrl)
      socket.ws.close(code)
      await socket.closed
    }
    await until(async () => (await scrape(app)).value('herald_websocket_closes_total{code="other"}') === 3)
    const codes = [...(await scrape(app)).text.matchAll(/^herald_websocket_closes_total\{code="(\w+)"\}/gm)]
    expect(codes.map(([, code]) => code)).toEqual(['other'])
  })

  test('name no user, ticket or token', async () => {
    const app = await startTestApp()
    const token = await app.token('user-4711')
    const socket = await openRawSocket(app.wsUrl)
    await socket.init({ token })
    socket.subscribe('1', 'subscription { ticketMessage(ticketId: "ticket-4712") { id } }')
    await socket.next()
    const { text } = await scrape(app)
    for (const secret of ['user-4711', 'ticket-4712', token]) expect(text).not.toContain(secret)
  })

  test('tell of the process and its event loop', async () => {
    const { families } = await scrape(await startTestApp())
    for (const name of [
      'process_cpu_seconds_total',
      'nodejs_eventloop_lag_p99_seconds',
      'process_resident_memory_bytes',
    ])
      expect(families.has(name)).toBe(true)
  })
})

describe('the metrics of nodes', () => {
  test('tell what passes through Redis, and when it no longer does', async () => {
    const redis = await startRedis()
    const env = { ...nodeEnvironment(redis.url), REDIS_CANARY_MS: '100' }
    const [one, other] = [await startTestApp({ env }), await startTestApp({ env })]
    const [alice, backend] = [await connectDevice(one, 'alice'), await connectDevice(other, 'shop', 'backend')]
    const stream = alice.subscribe('subscription { notificationAdded { title } }')
    await until(async () => {
      await backend.run(NOTIFY)
      return ((await scrape(one)).value('herald_bus_events_received_total') ?? 0) > 0
    })
    await stream.next()
    await until(async () => (await scrape(one)).value('herald_bus_lag_seconds') !== undefined)
    const healthy = await scrape(one)
    expect(healthy.value('herald_bus_lag_seconds')).toBeLessThan(30)
    expect(healthy.value('herald_bus_topics')).toBeGreaterThan(0)
    expect(healthy.value('herald_part_up{part="redis"}')).toBe(1)
    expect(healthy.value('herald_bus_connections_lost_total')).toBe(0)

    await redis.kill()
    await until(async () => (await scrape(one)).value('herald_part_up{part="redis"}') === 0)
    const away = await scrape(one)
    expect(away.value('herald_part_up{part="database"}')).toBe(1)
    expect(away.value('herald_bus_connections_lost_total')).toBe(1)
    expect(away.value('herald_bus_lag_seconds')).toBeUndefined()

    await redis.start()
    await until(async () => (await scrape(one)).value('herald_part_up{part="redis"}') === 1)
    expect((await scrape(one)).value('herald_bus_gaps_total')).toBeGreaterThan(0)
  })
})

describe('/metrics', () => {
  const TOKEN = 'a-token-for-scrapes'

  const read = async (url: string, headers: Record<string, string> = {}): Promise<number> =>
    (await fetch(new URL('/metrics', url), { headers })).status

  test('with METRICS_TOKEN answers only whoever has it', async () => {
    const { url } = await startTestApp({ env: { METRICS_TOKEN: TOKEN } })
    expect(await read(url)).toBe(401)
    expect(await read(url, { authorization: 'Bearer another-token-for-scrapes' })).toBe(401)
    const { headers } = await fetch(new URL('/metrics', url))
    expect(headers.get('www-authenticate')).toBe('Bearer')
    const answer = await fetch(new URL('/metrics', url), { headers: { authorization: `Bearer ${TOKEN}` } })
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    expect(parseMetrics(await answer.text()).value('herald_users')).toBe(0)
  })

  test('without one answers this machine, but no page and no proxy', async () => {
    const { url } = await startTestApp()
    expect(await read(url)).toBe(200)
    expect(await read(url, { origin: 'http://localhost:3000' })).toBe(403)
    expect(await read(url, { 'x-forwarded-for': '203.0.113.7' })).toBe(403)
    const { hostname, port } = new URL(url)
    const foreignName = await new Promise((resolve, reject) => {
      request({ hostname, port, path: '/metrics', headers: { host: 'herald.example' } }, ({ statusCode }) =>
        resolve(statusCode),
      )
        .on('error', reject)
        .end()
    })
    expect(foreignName).toBe(403)
  })

  test('in production answers nobody without one', async () => {
    const { url } = await startTestApp({ env: { NODE_ENV: 'production' } })
    const answer = await fetch(new URL('/metrics', url))
    expect([answer.status, await answer.json()]).toEqual([
      403,
      { status: 'not allowed', reason: 'Set METRICS_TOKEN to read the metrics.' },
    ])
  })
})
