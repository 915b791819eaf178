import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createHeraldBackend, type HeraldBackendOptions, type RedisClient } from '../../packages/backend/src/index.ts'
import { startTestApp, TEST_SECRET, type TestApp } from '../support/app.ts'
import { openSender } from '../support/commands.ts'
import { connectDevice } from '../support/device.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()
const PAID = { type: 'billing.invoice.paid', title: 'Paid', data: { invoice: 4711 } }
const QUICKLY = { firstPauseMs: 5, longestPauseMs: 50 }

/** What stands between a backend and Herald does with a request. `pass` hands it on. */
type Fault = (response: ServerResponse, pass: () => Promise<IncomingMessage>) => void | Promise<void>

const UNAVAILABLE: Fault = (response) => void response.writeHead(503, { 'retry-after': '0' }).end('busy')
const BAD_GATEWAY: Fault = (response) => void response.writeHead(502).end('bad gateway')
/** Herald does it, and its answer is lost. */
const CUT_AFTER: Fault = async (response, pass) => {
  await pass()
  response.destroy()
}

/** A way to Herald on which these faults happen, one a request; after them nothing does. */
async function openFaultyWay({ url }: TestApp, ...faults: Fault[]) {
  const seen = { requests: 0 }
  const server = createServer((request, response) => {
    seen.requests += 1
    const { headers, method } = request
    const pass = (): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        request.pipe(httpRequest(url, { method: method!, headers }, resolve).on('error', reject))
      })
    const fault = faults.shift() ?? (async () => void (await pass()).pipe(response))
    void fault(response, pass)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, seen }
}

function open(url: string, options: Partial<HeraldBackendOptions> = {}) {
  return createHeraldBackend({ url, secret: TEST_SECRET, retry: QUICKLY, ...options })
}

/** A Herald, and a device of alice that listens to everything. */
async function openScene(env = {}) {
  const app = await startTestApp({ env })
  const alice = await connectDevice(app, 'alice')
  const added = alice.subscribe('subscription { notificationAdded { title data } }')
  const events = alice.subscribe('subscription { customEvent { name data ticketId } }')
  await alice.run('{ me { id } }')
  return { app, alice, added, events }
}

describe('a backend over HTTP', () => {
  test('notifies and announces, with Dates, and the same key once', async () => {
    const { app, added } = await openScene()
    const backend = open(new URL('/', app.url).href)
    const input = {
      userIds: ['alice'],
      notification: { ...PAID, expiresAt: new Date(Date.now() + 60_000) },
      idempotencyKey: 'paid',
    }
    const first = await backend.notify(input)
    expect(first).toEqual({ notificationId: expect.any(String), recipients: 1, isDuplicate: false })
    expect(await backend.notify(input)).toEqual({ ...first, isDuplicate: true })
    expect(await added.next()).toEqual({ notificationAdded: { title: 'Paid', data: { invoice: 4711 } } })
    expect(await backend.announce({ notification: { type: 'news', title: 'To all' } })).toMatchObject({
      isDuplicate: false,
    })
    expect(await added.next()).toMatchObject({ notificationAdded: { title: 'To all' } })
  })

  test('has the methods of the service on Socket.IO', async () => {
    const { app, alice, events } = await openScene()
    const backend = open(app.url)
    const ticket = 'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }'
    await backend.request({ query: ticket, isRepeatable: true })
    const inTicket = alice.subscribe('subscription { customEvent(ticketId: "42") { name ticketId } }')
    await alice.run('{ me { id } }')
    await backend.sendToUser('alice', 'a', { n: 1 })
    await backend.sendToMultipleUsers(['alice', 'bob'], 'b')
    await backend.broadcast('not-for-alice', {}, 'alice')
    await backend.broadcast('c')
    for (const event of [
      { name: 'a', data: { n: 1 } },
      { name: 'b', data: null },
      { name: 'c', data: null },
    ])
      expect(await events.next()).toEqual({ customEvent: { ...event, ticketId: null } })
    await backend.sendToTicket('42', 'not-for-alice', {}, 'alice')
    await backend.sendToTicket('42', 'd')
    for (const name of ['a', 'b', 'c']) expect(await inTicket.next()).toEqual({ customEvent: { name, ticketId: null } })
    expect(await inTicket.next()).toEqual({ customEvent: { name: 'd', ticketId: '42' } })
    expect(await backend.isUserOnline('alice')).toBe(true)
    expect(await backend.isUserOnline('nobody')).toBe(false)
    expect([await backend.getConnectionCount('alice'), await backend.getTotalConnections()]).toEqual([1, 1])
  })

  test.each<[string, Fault[]]>([
    ['what is in front of Herald is busy', [UNAVAILABLE, UNAVAILABLE]],
    ['what is in front of Herald lost it', [BAD_GATEWAY]],
    ['the connection is cut before Herald has it', [(response) => void response.destroy()]],
    ['the connection is cut after Herald has done it', [CUT_AFTER, CUT_AFTER]],
  ])('stores a notification once when %s', async (_, faults) => {
    const { app, alice } = await openScene()
    const { url, seen } = await openFaultyWay(app, ...faults)
    await open(url).notify({ userIds: ['alice'], notification: PAID })
    const { notifications } = await alice.run('{ notifications { nodes { title } } }')
    expect(notifications.nodes).toEqual([{ title: 'Paid' }])
    expect(seen.requests).toBeGreaterThan(1)
  })

  test('waits for an answer no longer than it should, and asks again', async () => {
    const { app, alice } = await openScene()
    const { url, seen } = await openFaultyWay(app, () => {})
    await open(url, { retry: { ...QUICKLY, timeoutMs: 300 } }).notify({ userIds: ['alice'], notification: PAID })
    expect((await alice.run('{ notifications { nodes { title } } }'))['notifications'].nodes).toHaveLength(1)
    expect(seen.requests).toBe(2)
  })

  test('repeats a custom event only when Herald surely has not sent it', async () => {
    const { app, events } = await openScene()
    const refused = await openFaultyWay(app, UNAVAILABLE)
    await open(refused.url).sendToUser('alice', 'once')
    expect(await events.next()).toMatchObject({ customEvent: { name: 'once' } })
    const cut = await openFaultyWay(app, CUT_AFTER)
    await expect(open(cut.url).sendToUser('alice', 'perhaps')).rejects.toMatchObject({
      name: 'HeraldError',
      code: 'UNREACHABLE',
      mayBeDone: true,
    })
    expect(cut.seen.requests).toBe(1)
  })

  test('gives up in time where nobody listens, and says that nothing was done', async () => {
    const { app } = await openScene()
    const { url } = app
    await app.close()
    const failing = open(url, { retry: { ...QUICKLY, withinMs: 200 } }).notify({ userIds: ['a'], notification: PAID })
    await expect(failing).rejects.toMatchObject({ code: 'UNREACHABLE', mayBeDone: false })
  })

  test('does not repeat what was wrong, and says what was', async () => {
    const { app } = await openScene()
    const { url, seen } = await openFaultyWay(app)
    const backend = open(url)
    const failing = backend.notify({ userIds: ['alice'], notification: { ...PAID, title: ' ' } })
    await expect(failing).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('title') })
    await expect(backend.sendToTicket('none', 'e')).rejects.toMatchObject({ code: 'NOT_FOUND', mayBeDone: false })
    expect(seen.requests).toBe(2)
  })

  test('says at once that something cannot be sent', async () => {
    const { app } = await openScene()
    const { url, seen } = await openFaultyWay(app)
    const sending = open(url).sendToUser('alice', 'e', { count: 2n })
    await expect(sending).rejects.toThrow(/BigInt/)
    const broken = createHeraldBackend({ url, token: 'two\nlines' }).getTotalConnections()
    await expect(broken).rejects.toThrow(/^The token has a character that no token has/)
    expect(seen.requests).toBe(0)
  })

  test('does not follow to another address, and says which it is', async () => {
    const { app } = await openScene()
    const { url, seen } = await openFaultyWay(app, (response) => {
      response.writeHead(301, { location: 'https://herald.example/graphql' }).end()
    })
    const sending = open(url, { retry: { withinMs: 0 } }).notify({ userIds: ['alice'], notification: PAID })
    await expect(sending).rejects.toMatchObject({ code: 'NO_HERALD', mayBeDone: false })
    await expect(sending).rejects.toThrow('https://herald.example/graphql')
    expect(seen.requests).toBe(1)
  })

  test('gets another token when Herald refuses one, once', async () => {
    const { app } = await openScene()
    const asked: number[] = []
    const give = async (): Promise<string> => {
      asked.push(1)
      return asked.length === 1 ? 'worn.out.token' : app.token('shop', 'backend')
    }
    const backend = createHeraldBackend({ url: app.url, token: give })
    expect(await backend.isUserOnline('alice')).toBe(true)
    const wrong = createHeraldBackend({ url: app.url, secret: 'another-secret-for-tests-on-loopback' })
    await expect(wrong.getTotalConnections()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })
})

test.each<[string, (own: ReturnType<typeof openSender>['redis']) => RedisClient]>([
  ['ioredis', (own) => own],
  ['redis', (own) => ({ sendCommand: ([command, ...args]: string[]) => own.call(command!, ...args) })],
])('a backend over Redis, by a client as that of %s, enqueues and publishes', async (_, clientOf) => {
  const env = nodeEnvironment(redis.url())
  const { app, alice, added, events } = await openScene(env)
  const sender = openSender({ url: redis.url(), prefix: env.REDIS_PREFIX })
  const backend = open(app.url, { redis: { client: clientOf(sender.redis), prefix: env.REDIS_PREFIX } })
  const command = { userIds: ['alice'], notification: PAID }
  for (const _ of [1, 2]) await backend.enqueue('notify', command, { id: 'paid', source: 'shop' })
  expect(await backend.enqueue('disconnectUser', { userId: 'nobody' })).toMatch(/^\d+-\d+$/)
  await backend.publish('sendToUser', { userId: 'alice', event: 'now' })
  expect(await added.next()).toMatchObject({ notificationAdded: { title: 'Paid' } })
  expect(await events.next()).toMatchObject({ customEvent: { name: 'now' } })
  await sender.idle()
  expect((await alice.run('{ notifications { nodes { title } } }'))['notifications'].nodes).toHaveLength(1)
  expect(await sender.dead()).toEqual([])
  await expect(open(app.url).enqueue('notify', command)).rejects.toThrow('was given no `redis`')
})

test('says what is missing when there is neither a secret nor a token', () => {
  const url = 'http://127.0.0.1:9'
  for (const options of [{}, { secret: undefined }, { secret: '' }, { secret: ' , ' }, { token: undefined }]) {
    expect(() => createHeraldBackend({ url, ...options } as HeraldBackendOptions)).toThrow(/^`secret` must be the/)
  }
})

test('says what is missing when the address is none', () => {
  for (const url of [
    undefined,
    '',
    'herald',
    'localhost:4000',
    'redis://localhost',
    'http://shop:secret@herald.example',
  ]) {
    expect(() => createHeraldBackend({ url: url as string, secret: TEST_SECRET })).toThrow(
      /^`url` must be the address of Herald(?!.*:secret)/,
    )
  }
})
