import { describe, expect, test } from 'vitest'
import { type Clock, systemClock } from '../../src/lib/clock.ts'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Data } from '../support/device.ts'
import { nodeEnvironment, received, UPSERT, until } from '../support/nodes.ts'
import { openPostgresServer } from '../support/postgres-server.ts'
import { startProcess } from '../support/process.ts'
import { forTest, useRedis } from '../support/redis.ts'

const AHEAD_MS = 5 * 60_000
const aheadClock: Clock = { ...systemClock, now: () => Date.now() + AHEAD_MS }

const NOTIFY = `mutation ($title: String!, $expiresAt: DateTime) {
  notify(input: { userIds: ["alice"], notification: { type: "a.b", title: $title, expiresAt: $expiresAt }, idempotencyKey: $title }) {
    notificationId
    isDuplicate
  }
}`
const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }'
const INBOX = '{ notifications { nodes { title } unread { count revision } resumeCursor } }'
const ONLINE =
  '{ alice: isUserOnline(userId: "alice") bob: isUserOnline(userId: "bob") carol: isUserOnline(userId: "carol") }'
const TYPING = 'subscription { userTyping(ticketId: "42") { isTyping } }'
const TYPE = 'mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }'

function isTyping({ userTyping }: Data): boolean {
  return userTyping.isTyping
}

const redis = useRedis()

/** Two nodes over one Postgres and one Redis; the clock of the second is five minutes ahead. */
async function openNodes(own: Readonly<Record<string, string>> = {}) {
  const { url } = await forTest(openPostgresServer)
  const env = { ...nodeEnvironment(redis.url()), DATABASE_URL: url, ...own }
  return { env, right: await startTestApp({ env }), ahead: await startTestApp({ env, clock: aheadClock }) }
}

describe('of two nodes whose clocks are five minutes apart', () => {
  test('both tell the same in the same order, and sending twice through both is sending once', async () => {
    const { right, ahead } = await openNodes()
    const backends = [await connectDevice(right, 'shop', 'backend'), await connectDevice(ahead, 'shop', 'backend')]
    const devices = [await connectDevice(right, 'alice'), await connectDevice(ahead, 'alice')]
    const { resumeCursor: after } = (await devices[0]!.run(INBOX))['notifications']
    const streams = devices.map((device) => device.subscribe(ADDED, { after }))
    const titles = Array.from({ length: 10 }, (_, number) => String(number))
    for (const title of titles) {
      const [first, second] = Number(title) % 2 ? backends : backends.toReversed()
      const { notify } = await first!.run(NOTIFY, { title })
      expect(notify.isDuplicate).toBe(false)
      expect(await second!.run(NOTIFY, { title })).toEqual({ notify: { ...notify, isDuplicate: true } })
    }
    for (const stream of streams) {
      expect((await stream.take(titles.length)).map(({ notificationAdded }) => notificationAdded.title)).toEqual(titles)
    }
    for (const device of devices) {
      const { nodes, unread } = (await device.run(INBOX))['notifications']
      expect(nodes.map(({ title }: { title: string }) => title)).toEqual(titles.toReversed())
      expect(unread.count).toBe(titles.length)
    }
  })

  test('what expires is gone for both at the same revision, and what lasts longer stays', async () => {
    const { right, ahead } = await openNodes()
    const shop = await connectDevice(right, 'shop', 'backend')
    const devices = [await connectDevice(right, 'alice'), await connectDevice(ahead, 'alice')]
    const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString()
    await shop.run(NOTIFY, { title: 'stays', expiresAt: inMs(2 * AHEAD_MS) })
    await shop.run(NOTIFY, { title: 'goes', expiresAt: inMs(AHEAD_MS / 2) })

    // By its clock, what goes has expired.
    const seenAhead = (await devices[1]!.run(INBOX))['notifications']
    expect(seenAhead.nodes).toEqual([{ title: 'stays' }])
    expect(seenAhead.unread.count).toBe(1)
    expect((await devices[0]!.run(INBOX))['notifications']).toEqual(seenAhead)
  })

  test('who is connected stays online on both, and who was on a killed node is offline', async () => {
    const { env, right, ahead } = await openNodes({ REDIS_LEASE_MS: '4000', PRESENCE_GRACE_MS: '500' })
    const dies = await startProcess(env)
    for (const [node, userId] of [
      [right, 'alice'],
      [ahead, 'carol'],
      [dies, 'bob'],
    ] as const) {
      // The socket stays open after it.
      await (await connectDevice(node, userId)).run(INBOX)
    }
    const backends = [await connectDevice(right, 'shop', 'backend'), await connectDevice(ahead, 'shop', 'backend')]
    for (const backend of backends) {
      await until(async () => Object.values(await backend.run(ONLINE)).every(Boolean))
    }
    await dies.stop('SIGKILL')
    for (const backend of backends) {
      await until(async () => !(await backend.run(ONLINE))['bob'])
      expect(await backend.run(ONLINE)).toEqual({ alice: true, bob: false, carol: true })
    }
  })

  test('typing begins and ends by itself on both', async () => {
    const { right, ahead } = await openNodes({ TYPING_EXPIRY_MS: '500' })
    await (await connectDevice(right, 'shop', 'backend')).run(UPSERT)
    const [alice, carol] = [await connectDevice(right, 'alice'), await connectDevice(ahead, 'carol')]
    for (const [listening, typing] of [
      [alice, carol],
      [carol, alice],
    ] as const) {
      const typingOf42 = listening.subscribe(TYPING)
      await received(typingOf42, () => typing.run(TYPE), isTyping)
      for (let last = await typingOf42.next(); isTyping(last); last = await typingOf42.next());
    }
  })
})
