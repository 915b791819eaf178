import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Data } from '../support/device.ts'
import { NOTIFY, nodeEnvironment, received, UPSERT, until } from '../support/nodes.ts'
import { startProcess } from '../support/process.ts'
import { startRedis, useRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const redis = useRedis()

describe('of two nodes', () => {
  test('the users of a node that is killed are offline soon, and leave their tickets', async () => {
    const env = {
      ...nodeEnvironment(redis.url()),
      REDIS_LEASE_MS: '4000',
      PRESENCE_GRACE_MS: '500',
      TICKET_GRACE_MS: '500',
    }
    const lives = await startTestApp({ env })
    const dies = await startProcess(env)
    const backend = await connectDevice(lives, 'shop', 'backend')
    await backend.run(UPSERT)
    const carol = await connectDevice(lives, 'carol')
    const inTicket = carol.subscribe(
      'subscription { ticketPresence(ticketId: "42") { change user { id } viewers { id } } }',
    )
    const online = carol.subscribe('subscription { presenceChanged(userIds: ["alice"]) { isOnline } }')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: false } })
    expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'PRESENT', viewers: [] } })
    const phones = await Promise.all(Array.from({ length: 5 }, () => connectDevice(dies, 'alice')))
    for (const phone of phones) phone.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: true } })
    const counts = (): Promise<Data> => backend.run('{ totalConnections connectionCount(userId: "alice") }')
    await until(async () => (await counts())['connectionCount'] === 5)
    expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'JOINED', user: { id: 'alice' } } })

    await dies.stop('SIGKILL')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: false } })
    expect(await counts()).toEqual({ totalConnections: 2, connectionCount: 0 })
    expect(await inTicket.next()).toMatchObject({
      ticketPresence: { change: 'LEFT', user: { id: 'alice' }, viewers: [] },
    })
    expect(online.waiting).toEqual([])
  })

  test('the users of a node that is stopped leave their tickets when they do not come back', async () => {
    const env = { ...nodeEnvironment(redis.url()), TICKET_GRACE_MS: '500' }
    const stays = await startTestApp({ env })
    const stops = await startProcess(env)
    const backend = await connectDevice(stays, 'shop', 'backend')
    await backend.run(UPSERT)
    const carol = await connectDevice(stays, 'carol')
    const inTicket = carol.subscribe('subscription { ticketPresence(ticketId: "42") { change user { id } } }')
    await inTicket.next()
    const alice = await connectDevice(stops, 'alice')
    alice.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
    expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'JOINED' } })
    expect(await stops.stop('SIGTERM')).toBe(0)
    expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'LEFT', user: { id: 'alice' } } })
    expect(await backend.run('{ totalConnections }')).toEqual({ totalConnections: 2 })
  })

  test('a node with another database does not start, and says why', async () => {
    const env = nodeEnvironment(redis.url())
    await startTestApp({ env })
    await expect(startTestApp({ env: { ...env, DATA_DIR: tempFolder() } })).rejects.toThrow('use another database')
  })

  test('nor after Redis has forgotten everything', async () => {
    const server = await startRedis()
    const env = { ...nodeEnvironment(server.url), REDIS_CANARY_MS: '200' }
    const app = await startTestApp({ env })
    const ready = async (): Promise<boolean> => (await fetch(new URL('/ready', app.url))).ok
    await server.kill()
    await until(async () => !(await ready()))
    await server.start()
    await until(ready)
    const backend = await connectDevice(app, 'shop', 'backend')
    await until(() =>
      backend.run('{ totalConnections }').then(
        () => true,
        () => false,
      ),
    )
    await expect(startTestApp({ env: { ...env, DATA_DIR: tempFolder() } })).rejects.toThrow('use another database')
  })

  test('a node without its Redis does not start, and says why', async () => {
    await expect(startTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })).rejects.toThrow(
      /REDIS_URL: Redis cannot be used \(.*ECONNREFUSED.*\)/,
    )
  })

  test('what happens while Redis is away arrives when it is back, and readiness tells', async () => {
    const server = await startRedis()
    const env = { ...nodeEnvironment(server.url), REDIS_CANARY_MS: '200' }
    const [one, other] = [await startTestApp({ env }), await startTestApp({ env })]
    const [alice, backend] = [await connectDevice(one, 'alice'), await connectDevice(other, 'shop', 'backend')]
    const added = alice.subscribe('subscription { notificationAdded { title } }')
    await received(
      added,
      () => backend.run(NOTIFY, { to: 'alice' }),
      () => true,
    )
    const unread = alice.subscribe('subscription { unreadCount { count } }')
    const before = (await unread.next())['unreadCount'].count
    const ready = async (app: TestApp): Promise<number> => (await fetch(new URL('/ready', app.url))).status

    server.freeze()
    await until(async () => (await ready(one)) === 503 && (await ready(other)) === 503)
    await backend.run(NOTIFY, { to: 'alice' })
    await expect(backend.run('{ isUserOnline(userId: "alice") }')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    server.thaw()
    while ((await unread.next())['unreadCount'].count <= before);
    await until(async () => (await ready(one)) === 200 && (await ready(other)) === 200)
    const isOnline = (): Promise<boolean> =>
      backend.run('{ isUserOnline(userId: "alice") }').then(
        (data) => data['isUserOnline'],
        () => false,
      )
    await until(isOnline)
  })
})
