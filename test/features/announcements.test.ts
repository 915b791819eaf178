import { describe, expect, onTestFinished, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { openLocalLink } from '../../src/bus/local-link.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { createLog } from '../../src/lib/log.ts'
import type { Tx } from '../../src/storage/storage.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read as follow } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

describe('an announcement', () => {
  test('reaches who is online at once, on all they follow', async () => {
    const { notifications, announce } = await openScene()
    const added = follow(await notifications.followAdded(ann, undefined))
    const events = follow(await notifications.followEvents(bob, undefined))
    const unread = follow(await notifications.followUnread(bob))
    expect(await unread.next()).toMatchObject({ count: 0 })
    const id = await announce({ title: 'For all' })
    expect(await added.next()).toMatchObject({ id, title: 'For all', revision: 1 })
    expect(await events.next()).toMatchObject({ notification: { id }, unread: { count: 1, revision: 1 } })
    expect(await unread.next()).toMatchObject({ count: 1, revision: 1 })
  })

  test('is found by the others when they come, in the order of time', async () => {
    const { send, announce, ids, notifications } = await openScene()
    const one = await send('ann')
    const two = await announce()
    const three = await send('ann')
    const four = await announce()
    expect(await ids('ann')).toEqual([four, three, two, one])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 4, revision: 4 })
  })

  test('comes to a device that was away, behind what it had', async () => {
    const { send, announce, notifications } = await openScene()
    await send('ann')
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const [a, b] = [await announce(), await announce()]
    const c = await send('ann')
    const events = follow(await notifications.followEvents(ann, resumeCursor)).take(3)
    expect((await events).map((e) => e.__typename === 'NotificationAdded' && e.notification.id)).toEqual([a, b, c])
    const added = follow(await notifications.followAdded(ann, resumeCursor)).take(3)
    expect((await added).map(({ id }) => id)).toEqual([a, b, c])
  })

  test('of the past is no news to who begins to follow now', async () => {
    const { send, announce, notifications } = await openScene()
    await announce()
    const feed = follow(await notifications.followAdded(ann, undefined))
    const id = await send('ann')
    expect(await feed.next()).toMatchObject({ id })
  })

  test('made between the beginning of a subscription and its first read is not missed', async () => {
    const { announce, notifications } = await openScene()
    const feed = await notifications.followAdded(ann, undefined)
    const id = await announce()
    expect(await follow(feed).next()).toMatchObject({ id })
  })

  test('spares the excluded user, who gets the next one', async () => {
    const { announce, ids, notifications, begin } = await openScene()
    const online = follow(await notifications.followAdded(ann, undefined))
    await begin('bob')
    await announce({}, { excludeUserId: 'ann' })
    const id = await announce()
    expect(await online.next()).toMatchObject({ id, revision: 1 })
    expect(await ids('ann')).toEqual([id])
    expect(await ids('bob')).toHaveLength(2)
  })

  test('that has expired is materialised for nobody', async () => {
    const { announce, ids, clock, notifications, begin } = await openScene()
    await begin('ann')
    await announce({ expiresAt: clock.now() + 1_000 })
    const id = await announce()
    clock.advance(1_000)
    expect(await ids('ann')).toEqual([id])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1, revision: 1 })
  })

  test('that is retracted leaves the inboxes that have it, and is materialised in no other', async () => {
    const { announce, ids, notifications, begin } = await openScene()
    await begin('ann', 'bob', 'late')
    const id = await announce({}, { includeNewUsers: true })
    expect(await ids('ann')).toEqual([id])
    expect(await ids('bob')).toEqual([id])
    expect(await notifications.retract([id])).toBe(2)
    for (const userId of ['ann', 'bob', 'late', 'new']) expect(await ids(userId)).toEqual([])
  })

  test('can be marked as any other', async () => {
    const { announce, notifications, begin } = await openScene()
    await begin('ann', 'bob')
    const id = await announce()
    expect(await notifications.mark(ann, 'READ', [id])).toMatchObject({ changed: 1, unread: { count: 0 } })
    expect(await notifications.unreadCount(bob)).toMatchObject({ count: 1 })
    await announce()
    expect(await notifications.markAll(bob, 'READ', {})).toMatchObject({ changed: 2, upToRevision: 2 })
  })

  test('is never one too many for who was away', async () => {
    const { announce, notifications, send, begin } = await openScene()
    await begin('ann', 'bob')
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const all: string[] = []
    for (let i = 0; i < 303; i++) all.push(await announce())
    const last = await send(['ann', 'bob'])
    const added = follow(await notifications.followAdded(ann, resumeCursor)).take(304)
    expect((await added).map(({ id }) => id)).toEqual([...all, last])
    expect(await notifications.markAll(bob, 'READ', {})).toMatchObject({ changed: 304 })
  })

  test('comes in order to each of many who were away for longer and shorter', async () => {
    const { announce, ids, begin, notifications } = await openScene()
    const crowd = Array.from({ length: 30 }, (_, i) => `user-${i}`)
    const all: string[] = []
    for (let i = 0; i < 90; i++) {
      if (i % 3 === 0) await begin(crowd[i / 3] ?? '')
      all.push(await announce())
    }
    const { notificationId } = await notifications.notify({
      userIds: crowd,
      notification: { type: 'chat.hello', title: 'Hello' },
    })
    for (const [n, userId] of crowd.entries()) {
      expect(await ids(userId)).toEqual([...all.slice(3 * n), notificationId].reverse())
    }
  })

  test('is stored once, however many users there are', async () => {
    const { announce, send, storage } = await openScene()
    await send(Array.from({ length: 1_000 }, (_, i) => `user-${i}`))
    const count = () => storage.read((tx) => tx.selectFrom('inbox').select(tx.fn.countAll().as('n')).executeTakeFirst())
    const before = await count()
    await announce()
    expect(await count()).toEqual(before)
  })

  test('is materialised once for devices that come at the same time', async () => {
    const { announce, notifications, begin } = await openScene()
    await begin('ann')
    const id = await announce()
    const lists = await Promise.all(Array.from({ length: 10 }, () => notifications.list(ann, { first: 20 })))
    for (const { nodes } of lists) expect(nodes.map((node) => node.id)).toEqual([id])
    expect(new Set(lists.map(({ resumeCursor }) => resumeCursor)).size).toBe(1)
  })

  test('comes before a bulk notification of later, for users whose inbox had begun', async () => {
    const { announce, send, ids } = await openScene()
    const userIds = Array.from({ length: 1_200 }, (_, i) => `user-${i}`)
    await send(userIds.slice(0, 600))
    const a = await announce()
    const b = await announce({}, { excludeUserId: 'user-700', includeNewUsers: true })
    const c = await send(userIds)
    expect((await ids('user-1')).slice(0, 3)).toEqual([c, b, a])
    expect(await ids('user-700')).toEqual([c])
    expect(await ids('user-1199')).toEqual([c, b])
  })

  test('is materialised once the database is back', async () => {
    const { announce, storage, ...mechanisms } = await openScene()
    const failed = Promise.withResolvers<void>()
    let isAway = false
    const read = <Result>(work: (tx: Tx) => Promise<Result>): Promise<Result> => {
      if (!isAway) return storage.read(work)
      return Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'The database is away.'))
    }
    const log = createLog({ level: 'warn', pretty: false, destination: { write: () => failed.resolve() } })
    const otherNode = createNotifications({ ...mechanisms, log, storage: { ...storage, read }, limits: DEFAULT_LIMITS })
    const feed = follow(await otherNode.followAdded(ann, undefined))
    const next = feed.next()
    await otherNode.unreadCount(ann)
    isAway = true
    const id = await announce()
    await failed.promise
    isAway = false
    mechanisms.clock.advance(1_000)
    expect(await next).toMatchObject({ id })
  })

  test('reaches devices of one user on several nodes once', async () => {
    const { announce, notifications, ...mechanisms } = await openScene()
    const otherNode = createNotifications({ ...mechanisms, limits: DEFAULT_LIMITS })
    const nodes = [notifications, otherNode, notifications]
    const devices = await Promise.all(nodes.map(async (node) => follow(await node.followAdded(ann, undefined))))
    const taken = devices.map((device) => device.take(2))
    const [a, b] = [await announce(), await announce()]
    for (const both of await Promise.all(taken)) {
      expect(both).toMatchObject([
        { id: a, revision: 1 },
        { id: b, revision: 2 },
      ])
    }
  })

  test('whose invalidation is lost is found by the audit: the node knows how far its users are', async () => {
    const { storage, clock, log } = await openScene()
    let isCut = false
    const bus = createBus({
      clock,
      log,
      openLink: (receiver) => {
        const link = openLocalLink(receiver)
        return { ...link, send: (name, message) => isCut || link.send(name, message) }
      },
    })
    onTestFinished(bus.close)
    const node = createNotifications({ storage, bus, clock, log, limits: DEFAULT_LIMITS })
    const announce = () => node.announce({ notification: { type: 'chat.hello', title: 'Hello' } })
    const feed = follow(await node.followAdded(ann, undefined))
    const first = feed.next()
    await announce()
    await first
    // Nothing materialises any more, so nothing finds the next one by chance.
    await expect.poll(() => bus.revisions().get('everyone')).toBe(1)
    isCut = true
    const { notificationId } = await announce()
    const other = follow(await node.followUnread(bob))
    await other.next()
    isCut = false
    expect(bus.revisions().get('everyone')).toBe(1)
    const lost = feed.next()
    bus.gap('everyone')
    expect(bus.revisions().get('everyone')).toBe(Number.POSITIVE_INFINITY)
    expect(await lost).toMatchObject({ id: notificationId })
  })
})
