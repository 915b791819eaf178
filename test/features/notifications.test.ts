import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'

describe('notify', () => {
  test('puts one notification into the inbox of each recipient, with its defaults', async () => {
    const { notifications, clock } = await openScene()
    const { notificationId, recipients, isDuplicate } = await notifications.notify({
      userIds: ['ann', 'bob', 'ann'],
      notification: { type: 'billing.invoice.paid', title: 'Paid' },
    })
    expect({ recipients, isDuplicate }).toEqual({ recipients: 2, isDuplicate: false })
    const expected = {
      id: notificationId,
      type: 'billing.invoice.paid',
      category: 'billing',
      title: 'Paid',
      body: null,
      data: null,
      actor: null,
      actionUrl: null,
      imageUrl: null,
      priority: 'NORMAL',
      createdAt: clock.now(),
      seenAt: null,
      readAt: null,
      archivedAt: null,
      expiresAt: null,
      revision: 1,
      position: 1,
    }
    for (const who of [ann, bob]) {
      expect((await notifications.list(who, { first: 20 })).nodes).toEqual([expected])
    }
  })

  test('keeps everything that it is given', async () => {
    const { notifications, tell, clock } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const next = feed.next()
    const full = {
      type: 'a.b',
      category: 'Kategorie ä',
      title: '🎉 ok',
      body: 'line\n\tline',
      data: { deep: [{ list: [1, 'two', null, true] }] },
      actor: { id: 'carl', role: 'AGENT', name: 'Carl', avatarUrl: '/carl.png' },
      actionUrl: 'mailto:a@b.c',
      imageUrl: 'https://x.y/z?q=1#f',
      priority: 'URGENT',
      expiresAt: clock.now() + 1,
    } as const
    await tell('ann', full)
    expect(await next).toMatchObject(full)
    const { nodes } = await notifications.list(ann, { first: 1 })
    expect(nodes).toEqual([await next])
  })

  test('numbers the inbox 1, 2, 3 … without holes under concurrent writers, and delivers in that order', async () => {
    const { notifications, tell } = await openScene()
    const feed = read(await notifications.followEvents(ann, undefined))
    const events = feed.take(50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => tell(i % 2 ? ['ann', 'bob'] : ['bob', 'ann'], { title: `${i}` })),
    )
    const revisions = (await events).map(
      (event) => event.__typename === 'NotificationAdded' && event.notification.revision,
    )
    expect(revisions).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    const { nodes } = await notifications.list(bob, { first: 100 })
    expect(nodes.map(({ revision }) => revision)).toEqual(revisions.reverse())
  })

  test('is stored by the time a device hears of it', async () => {
    const { notifications, tell, ids } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const heard = feed.next().then(async ({ id }) => (await ids('ann')).includes(id))
    await tell('ann')
    expect(await heard).toBe(true)
  })

  test('stores nothing by half when it fails', async () => {
    const { notifications, storage, revision } = await openScene()
    const before = await revision('ann')
    // The inbox rows are written last: a trigger in their place stands for a disk that is full.
    await storage.write((tx) => tx.schema.alterTable('inbox').renameTo('away').execute())
    const attempt = notifications.notify({
      userIds: ['ann'],
      notification: { type: 'a', title: 'A' },
      idempotencyKey: 'k',
    })
    await expect(attempt).rejects.toThrow()
    await storage.write((tx) => tx.schema.alterTable('away').renameTo('inbox').execute())
    expect(await revision('ann')).toBe(before)
    const left = await storage.read(async (tx) => [
      await tx.selectFrom('notifications').selectAll().execute(),
      await tx.selectFrom('idempotency').selectAll().execute(),
    ])
    expect(left).toEqual([[], []])
  })

  test('tells 10,000 users in one call', async () => {
    const { notifications, ids } = await openScene()
    const userIds = Array.from({ length: 10_000 }, (_, i) => `user-${i}`)
    const feed = read(await notifications.followEvents(viewer('user-9999'), undefined))
    const event = feed.next()
    const { recipients, notificationId } = await notifications.notify({
      userIds,
      notification: { type: 'a', title: 'A' },
    })
    expect(recipients).toBe(10_000)
    expect(await event).toMatchObject({ notification: { id: notificationId }, unread: { count: 1, revision: 1 } })
    for (const userId of ['user-0', 'user-4000', 'user-9999']) expect(await ids(userId)).toEqual([notificationId])
  })
})

describe('an idempotency key', () => {
  const input = { userIds: ['ann'], notification: { type: 'a', title: 'A', data: { b: 1, c: 2 } }, idempotencyKey: 'k' }

  test('makes sending twice sending once', async () => {
    const { notifications, tell } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const first = await notifications.notify(input)
    const reordered = { ...input, notification: { data: { c: 2, b: 1 }, title: 'A', type: 'a' } }
    expect(await notifications.notify(reordered)).toEqual({ ...first, isDuplicate: true })
    const barrier = await tell('ann')
    expect((await feed.take(2)).map(({ id }) => id)).toEqual([first.notificationId, barrier])
  })

  test('makes concurrent repetitions one', async () => {
    const { notifications, ids } = await openScene()
    const results = await Promise.all(Array.from({ length: 10 }, () => notifications.notify(input)))
    expect(results.filter(({ isDuplicate }) => !isDuplicate)).toHaveLength(1)
    expect(new Set(results.map(({ notificationId }) => notificationId)).size).toBe(1)
    expect(await ids('ann')).toHaveLength(1)
  })

  test('contradicts other input, and means something else to another command', async () => {
    const { notifications } = await openScene()
    await notifications.notify(input)
    const other = notifications.notify({ ...input, userIds: ['ann', 'bob'] })
    await expect(other).rejects.toMatchObject({ code: 'CONFLICT' })
    const { notification, idempotencyKey } = input
    expect(await notifications.announce({ notification, idempotencyKey })).toMatchObject({ isDuplicate: false })
    expect(await notifications.announce({ notification, idempotencyKey })).toMatchObject({ isDuplicate: true })
    const excluding = notifications.announce({ notification, idempotencyKey, excludeUserId: 'bob' })
    await expect(excluding).rejects.toMatchObject({ code: 'CONFLICT' })
  })

  test('answers a repetition that comes after the notification has expired', async () => {
    const { notifications, clock } = await openScene()
    const passing = { ...input, notification: { ...input.notification, expiresAt: clock.now() + 1_000 } }
    await notifications.notify(passing)
    clock.advance(2_000)
    expect(await notifications.notify(passing)).toMatchObject({ isDuplicate: true })
  })

  test('is forgotten after 24 hours, in bulk by the sweep', async () => {
    const { notifications, clock, storage } = await openScene()
    await Promise.all(
      Array.from({ length: 1_001 }, (_, i) => notifications.notify({ ...input, idempotencyKey: `k${i}` })),
    )
    clock.advance(24 * 60 * 60 * 1_000)
    expect(await notifications.notify({ ...input, idempotencyKey: 'k7' })).toMatchObject({ isDuplicate: false })
    await notifications.sweep()
    const keys = await storage.read((tx) => tx.selectFrom('idempotency').select('key').execute())
    expect(keys).toEqual([{ key: 'k7' }])
  })
})

describe('the list', () => {
  test('turns pages from the newest to the oldest', async () => {
    const { notifications, tell } = await openScene()
    for (const title of ['1', '2', '3', '4', '5']) await tell('ann', { title })
    const page = async (after?: string | null) => {
      const { edges, nodes, pageInfo } = await notifications.list(ann, { first: 2, after })
      expect(edges.map(({ node }) => node)).toEqual(nodes)
      expect(pageInfo).toMatchObject({ startCursor: edges[0]?.cursor, endCursor: edges.at(-1)?.cursor })
      return { titles: nodes.map(({ title }) => title), ...pageInfo }
    }
    const first = await page()
    expect(first).toMatchObject({ titles: ['5', '4'], hasNextPage: true, hasPreviousPage: false })
    const second = await page(first.endCursor)
    expect(second).toMatchObject({ titles: ['3', '2'], hasNextPage: true, hasPreviousPage: true })
    await tell('ann', { title: '6' })
    expect(await page(second.endCursor)).toMatchObject({ titles: ['1'], hasNextPage: false, hasPreviousPage: true })
  })

  test('is empty, and can be followed, before anything was sent', async () => {
    const { notifications, tell } = await openScene()
    const { resumeCursor, ...page } = await notifications.list(ann, { first: 20 })
    expect(page).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
      unread: { count: 0, isCapped: false, byCategory: [], revision: 0 },
    })
    const id = await tell('ann')
    expect(await read(await notifications.followAdded(ann, resumeCursor)).next()).toMatchObject({ id })
  })

  test('filters', async () => {
    const { notifications, tell } = await openScene()
    const a = await tell('ann', { type: 'a.x' })
    const b = await tell('ann', { type: 'b.x' })
    const c = await tell('ann', { type: 'b.y' })
    await notifications.mark(ann, 'READ', [a])
    await notifications.mark(ann, 'ARCHIVED', [b])
    const list = async (filter: object | null) =>
      (await notifications.list(ann, { first: 20, filter })).nodes.map(({ id }) => id)
    expect(await list(null)).toEqual([c, a])
    expect(await list({ read: true })).toEqual([a])
    expect(await list({ read: false })).toEqual([c])
    expect(await list({ read: null })).toEqual([c, a])
    expect(await list({ seen: true })).toEqual([a])
    expect(await list({ seen: false, archived: null })).toEqual([c, b])
    expect(await list({ archived: true })).toEqual([b])
    expect(await list({ archived: null })).toEqual([c, b, a])
    expect(await list({ archived: null, categories: ['b'] })).toEqual([c, b])
    expect(await list({ types: ['b.y', 'a.x'] })).toEqual([c, a])
  })

  test('shows nobody else’s notifications', async () => {
    const { tell, ids } = await openScene()
    await tell('ann')
    expect(await ids('bob')).toEqual([])
  })

  test('says the badge and the position of the same moment', async () => {
    const { notifications, tell } = await openScene()
    await tell('ann')
    await tell('ann')
    const { unread, resumeCursor } = await notifications.list(ann, { first: 1 })
    expect(unread).toMatchObject({ count: 2, revision: 2 })
    const feed = read(await notifications.followAdded(ann, resumeCursor))
    const id = await tell('ann')
    expect(await feed.next()).toMatchObject({ id })
  })
})

describe('the unread count', () => {
  test('leaves out what is read, archived, removed or expired', async () => {
    const { notifications, tell, clock } = await openScene()
    const [readId, archived, removed, seen] = [
      await tell('ann'),
      await tell('ann'),
      await tell('ann'),
      await tell('ann'),
    ]
    await tell('ann', { expiresAt: clock.now() + 1_000 })
    await notifications.mark(ann, 'READ', [readId])
    await notifications.mark(ann, 'ARCHIVED', [archived])
    await notifications.mark(ann, 'SEEN', [seen])
    await notifications.retract([removed])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2 })
    clock.advance(1_000)
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1 })
  })

  test('is told per category, the largest first, and stops at the cap', async () => {
    const { notifications, tell } = await openScene()
    const times = async (count: number, type: string) => {
      for (let i = 0; i < count; i++) await tell('ann', { type })
    }
    await times(3, 'b')
    await times(5, 'c')
    await times(3, 'a')
    const byCategory = [
      { category: 'c', count: 5 },
      { category: 'a', count: 3 },
      { category: 'b', count: 3 },
    ]
    expect(await notifications.unreadCount(ann)).toEqual({ count: 11, isCapped: false, byCategory, revision: 11 })
    await times(88, 'c')
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: false })
    await times(10, 'c')
    const capped = await notifications.unreadCount(ann)
    expect(capped).toMatchObject({ count: 99, isCapped: true })
    expect(capped.byCategory[0]).toEqual({ category: 'c', count: DEFAULT_LIMITS.unreadCap })
    expect(capped.byCategory).toHaveLength(3)
  })

  test('is exact or capped with more categories than the cap', async () => {
    const { notifications, tell } = await openScene()
    for (let i = 0; i < 99; i++) await tell('ann', { type: `c${i}` })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: false })
    for (let i = 99; i < 120; i++) await tell('ann', { type: `c${i}` })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: true })
  })

  test('is followed: the present one at once, then after every change', async () => {
    const { notifications, tell } = await openScene()
    await tell('ann')
    const feed = read(await notifications.followUnread(ann))
    expect(await feed.next()).toMatchObject({ count: 1, revision: 1 })
    const id = await tell(['ann', 'bob'])
    expect(await feed.next()).toMatchObject({ count: 2, revision: 2 })
    await notifications.mark(ann, 'READ', [id])
    expect(await feed.next()).toMatchObject({ count: 1, revision: 3 })
  })
})
