import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Device, type Stream } from '../support/device.ts'
import { scrape } from '../support/metrics.ts'
import { nodeEnvironment, received, UPSERT, until } from '../support/nodes.ts'
import { openProxy } from '../support/proxy.ts'
import { startRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const NOTIFY = `mutation ($title: String!) {
  notify(input: { userIds: ["alice"], notification: { type: "a.b", title: $title } }) { notificationId }
}`
const ADDED = 'subscription { notificationAdded { title } }'
const LOST = 'herald_bus_connections_lost_total'

/** Alice's device on one node, which reaches Redis by the URL that `urlOf` says, and the backend on another one. */
async function openNodes(urlOf: (redis: string) => Promise<string> = async (url) => url) {
  const redis = await startRedis()
  const env = { ...nodeEnvironment(redis.url), REDIS_CANARY_MS: '200', REDIS_LEASE_MS: '1500' }
  const near = await startTestApp({ env: { ...env, REDIS_URL: await urlOf(redis.url) } })
  const far = await startTestApp({ env })
  const client = new Redis(redis.url)
  onTestFinished(() => client.disconnect())
  const [alice, backend] = [await connectDevice(near, 'alice'), await connectDevice(far, 'shop', 'backend')]
  return { env, near, client, alice, backend }
}

/** Alice's stream, once it is known to be live. */
async function follow(alice: Device, backend: Device): Promise<Stream> {
  const added = alice.subscribe(ADDED)
  await received(
    added,
    () => backend.run(NOTIFY, { title: 'warm-up' }),
    () => true,
  )
  return added
}

async function titlesUntil(added: Stream, last: string): Promise<readonly string[]> {
  const titles: string[] = []
  while (titles.at(-1) !== last) titles.push((await added.next())['notificationAdded'].title)
  return titles.filter((title) => title !== 'warm-up')
}

async function losses(app: TestApp): Promise<number> {
  return (await scrape(app)).value(LOST) ?? 0
}

async function connections(backend: Device): Promise<unknown> {
  const { connectionCount } = await backend
    .run('{ connectionCount(userId: "alice") }')
    .catch(() => ({ connectionCount: undefined }))
  return connectionCount
}

/** What could be said on the topics of alice and of ticket 42, and is no event of them. */
const POISON: Readonly<Record<string, readonly unknown[]>> = {
  'user:alice': [
    {},
    [],
    { epoch: 'x', previous: '1', revision: 2, facts: [], unread: {} },
    { epoch: 'x', previous: -1, revision: 2, facts: null, unread: null },
    {
      epoch: 'x',
      previous: 1,
      revision: 2,
      facts: [{ kind: 'exploded', revision: 2 }],
      unread: { count: 1, isCapped: false, byCategory: [], revision: 2 },
    },
  ],
  'ticket:42:public': [{ previous: 0, revision: 1, entries: [{ revision: 1, item: null }] }],
  'ticket:42:public:live': [{ type: 'typing' }, { type: 'presence', presence: { viewers: 7 } }, { type: 'unheard of' }],
  'ticket:42:access': [{ removed: 'alice' }, {}],
  disconnections: [{ userId: ['alice'] }],
}

describe('of two nodes', () => {
  test('poison on the bus reaches nobody, is counted, and ends nothing', async () => {
    const { env, near, client, alice, backend } = await openNodes()
    await backend.run(UPSERT)
    const added = await follow(alice, backend)
    const messages = alice.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
    const typing = alice.subscribe('subscription { userTyping(ticketId: "42") { isTyping } }')
    const channels = Object.keys(POISON).map((topic) => `${env.REDIS_PREFIX}bus:${topic}`)
    await until(async () => {
      const counts = (await client.pubsub('NUMSUB', ...channels)).filter((_, index) => index % 2 === 1)
      return counts.every((count) => Number(count) > 0)
    })
    const listeners = await client.pubsub('NUMSUB', ...channels)
    let expected = 0
    for (const [index, [topic, events]] of Object.entries(POISON).entries()) {
      if (topic !== 'disconnections') expect(listeners[2 * index + 1]).toBe(1)
      for (const event of events) {
        await client.publish(channels[index] ?? '', JSON.stringify({ v: 1, node: 'stranger', event }))
        expected += 1
      }
    }
    await backend.run(NOTIFY, { title: 'true' })
    expect(await titlesUntil(added, 'true')).toEqual(['true'])
    const message = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "too" }) { message { id } } }'
    await backend.run(message)
    expect(await messages.next()).toEqual({ ticketMessage: { body: 'too' } })
    expect([messages.waiting, typing.waiting]).toEqual([[], []])
    expect((await scrape(near)).value('herald_bus_drops_total{reason="not an event of its topic"}')).toBe(expected)
    expect(await connections(backend)).toBe(1)
  })

  test('a link to Redis on which nothing passes any more is noticed and replaced, and nothing is missed', async () => {
    let stall = (): void => {}
    const { near, alice, backend } = await openNodes(async (url) => {
      const network = await openProxy(Number(new URL(url).port))
      stall = network.stall
      return `redis://127.0.0.1:${network.port}`
    })
    const added = await follow(alice, backend)
    stall()
    for (const title of ['1', '2', '3']) await backend.run(NOTIFY, { title })
    expect(await titlesUntil(added, '3')).toEqual(['1', '2', '3'])
    await until(async () => (await losses(near)) > 0 && (await fetch(new URL('/ready', near.url))).ok)
    await backend.run(NOTIFY, { title: '4' })
    expect(await titlesUntil(added, '4')).toEqual(['4'])
    // Its own commands get through again, too.
    const here = await connectDevice(near, 'shop', 'backend')
    await until(async () => (await connections(here)) === 1)
  })

  test('subscribers of Redis that are cut off again and again under load miss nothing, in order', async () => {
    const { near, client, alice, backend } = await openNodes()
    const added = await follow(alice, backend)
    const titles: string[] = []
    let isOver = false
    const notifying = (async () => {
      while (!isOver) {
        titles.push(`${titles.length}`)
        await backend.run(NOTIFY, { title: titles.at(-1) })
      }
    })()
    await until(async () => {
      await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
      return (await losses(near)) >= 3
    })
    isOver = true
    await notifying
    expect(await titlesUntil(added, titles.at(-1)!)).toEqual(titles)
  })

  test('what Redis is made to forget is said again, also on which database the nodes stand', async () => {
    const { env, client, alice, backend } = await openNodes()
    const added = await follow(alice, backend)
    await until(async () => (await connections(backend)) === 1)
    const key = `${env.REDIS_PREFIX}epoch`
    const epoch = await client.get(key)
    expect(epoch).toMatch(/./)
    await client.flushall()
    await backend.run(NOTIFY, { title: '1' })
    expect(await titlesUntil(added, '1')).toEqual(['1'])
    await until(async () => (await connections(backend)) === 1)
    await until(async () => (await client.get(key)) === epoch)
    await expect(startTestApp({ env: { ...env, DATA_DIR: tempFolder() } })).rejects.toThrow('use another database')
  })
})
