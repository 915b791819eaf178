import { describe, expect, onTestFinished, test } from 'vitest'
import { createBus } from '../../src/bus/bus.ts'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { UnreadCount } from '../../src/notifications/notification.ts'
import { openJsonLink } from '../support/json-link.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'
import { createNotifications } from '../support/with-bus.ts'

describe('expiry', () => {
  test('takes a notification out of lists and counts at its moment, and the sweep tells devices', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const kept = await send('ann')
    const passing = await send(['ann', 'bob'], { expiresAt: clock.now() + 1_000 })
    const events = read(await notifications.followEvents(ann, undefined))
    const event = events.next()
    const unread = read(await notifications.followUnread(ann))
    expect(await unread.next()).toMatchObject({ count: 2, revision: 2 })
    clock.advance(999)
    expect(await notifications.sweep()).toBe(0)
    expect(await ids('ann')).toEqual([passing, kept])
    clock.advance(1)
    expect(await ids('ann')).toEqual([kept])
    // Reading the inbox of Ann has done it there.
    expect(await notifications.sweep()).toBe(1)
    expect(await event).toMatchObject({ ids: [passing], unread: { count: 1, revision: 3 } })
    expect(await unread.next()).toMatchObject({ count: 1, revision: 3 })
    expect(await ids('bob')).toEqual([])
    expect(await notifications.sweep()).toBe(0)
  })

  test('never makes one revision mean two counts, on no node', async () => {
    const { notifications, send, clock, ...embedded } = await openScene()
    const late = { ...clock, now: () => clock.now() - 300_000 }
    const nodes = [notifications, createNotifications({ ...embedded, clock: late, limits: DEFAULT_LIMITS })]
    const counts = new Map<number, number>()
    const note = ({ revision, count }: UnreadCount): void => {
      expect(counts.get(revision) ?? count, `revision ${revision}`).toBe(count)
      counts.set(revision, count)
    }
    const pushed = read(await notifications.followUnread(ann))
    note(await pushed.next())
    await send('ann', { expiresAt: clock.now() + 1_000 })
    await send('ann', { expiresAt: clock.now() + 2_000 })
    note(await pushed.next())
    for (let passed = 0; passed < 2; passed++) {
      for (const node of nodes) {
        note((await node.list(ann, { first: 20 })).unread)
        note(await node.unreadCount(ann))
      }
      clock.advance(1_000)
      const { unread } = await notifications.list(ann, { first: 20 })
      note(unread)
      note(await pushed.next())
      await send('ann')
      note(await notifications.unreadCount(ann))
      note(await pushed.next())
    }
    expect(counts.size).toBe(6)
  })

  test('does not keep an inbox from being read when nothing can be written', async () => {
    const { notifications, send, clock, storage, ...embedded } = await openScene()
    await send('ann', { expiresAt: clock.now() + 1_000 })
    const full = () => Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'The disk is full.'))
    const readOnly = { ...storage, write: full }
    const limited = createNotifications({ ...embedded, clock, storage: readOnly, limits: DEFAULT_LIMITS })
    clock.advance(1_000)
    const { nodes, unread } = await limited.list(ann, { first: 20 })
    expect(nodes).toEqual([])
    expect(unread).toMatchObject({ count: 1, revision: 1 })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 0, revision: 2 })
  })

  test('is published once when several sweeps run at the same time', async () => {
    const { notifications, send, clock, revision } = await openScene()
    await send('ann', { expiresAt: clock.now() + 1 })
    clock.advance(1)
    const removed = await Promise.all([notifications.sweep(), notifications.sweep(), notifications.sweep()])
    expect(removed.reduce((sum, count) => sum + count)).toBe(1)
    expect(await revision('ann')).toBe(2)
  })

  test('of thousands of inboxes is swept in batches', async () => {
    const { notifications, send, clock, ids } = await openScene()
    const userIds = Array.from({ length: 1_300 }, (_, i) => `user-${i}`)
    await send(userIds, { expiresAt: clock.now() + 1 })
    await send(userIds, { expiresAt: clock.now() + 1 })
    clock.advance(1)
    expect(await notifications.sweep()).toBe(2_600)
    expect(await ids('user-1299')).toEqual([])
  })

  test('is learnt by a device that was away, also of what arrived since: it may have shown more than its cursor says', async () => {
    const { notifications, send, clock } = await openScene()
    const known = await send('ann', { expiresAt: clock.now() + 1 })
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const later = await send('ann', { expiresAt: clock.now() + 1 })
    clock.advance(1)
    await notifications.sweep()
    const kept = await send('ann')
    const events = await read(await notifications.followEvents(ann, resumeCursor)).take(2)
    expect(events).toMatchObject([{ ids: [known, later].sort() }, { notification: { id: kept } }])
    expect(await read(await notifications.followAdded(ann, resumeCursor)).next()).toMatchObject({ id: kept })
  })
})

describe('retracting', () => {
  test('takes notifications back from everyone who got them, and tells their devices', async () => {
    const { notifications, send, ids } = await openScene()
    const [a, b, kept] = [await send(['ann', 'bob']), await send('ann'), await send('ann')]
    const event = read(await notifications.followEvents(ann, undefined)).next()
    expect(await notifications.retract([a, b])).toBe(2)
    expect(await event).toEqual({
      __typename: 'NotificationsRemoved',
      ids: [a, b],
      reason: 'RETRACTED',
      unread: { count: 1, isCapped: false, byCategory: [{ category: 'chat', count: 1, isCapped: false }], revision: 4 },
      cursor: (await notifications.list(ann, { first: 1 })).resumeCursor,
    })
    expect(await ids('ann')).toEqual([kept])
    expect(await ids('bob')).toEqual([])
  })

  test('twice finds nothing the second time', async () => {
    const { notifications, send, revision } = await openScene()
    const id = await send('ann')
    expect(await notifications.retract([id, id])).toBe(1)
    expect(await notifications.retract([id])).toBe(0)
    expect(await revision('ann')).toBe(2)
  })

  test('takes nothing back when an id is unknown', async () => {
    const { notifications, send, ids } = await openScene()
    const id = await send('ann')
    const attempt = notifications.retract([id, 'nonsense'])
    await expect(attempt).rejects.toMatchObject({ code: 'NOT_FOUND', message: 'Notification nonsense not found.' })
    expect(await ids('ann')).toEqual([id])
  })

  test('works for as many as one call can address', async () => {
    const { notifications, send, ids } = await openScene()
    const id = await send(Array.from({ length: 10_000 }, (_, i) => `user-${i}`))
    expect(await notifications.retract([id])).toBe(10_000)
    expect(await ids('user-5000')).toEqual([])
  })
})

describe('erasing a user', () => {
  test('removes the inbox, and what only this user got', async () => {
    const { notifications, send, announce, storage, ids } = await openScene()
    await send('ann', { title: 'Only for Ann' })
    const shared = await send(['ann', 'bob'])
    await announce()
    await ids('ann')
    const removed = await send('ann')
    await notifications.retract([removed])
    expect(await notifications.erase('ann')).toBe(3)
    expect(await notifications.erase('ann')).toBe(0)
    const left = await storage.read(async (tx) => ({
      inbox: await tx.selectFrom('inbox').select('notification_id').where('user_id', '=', 'ann').execute(),
      streams: await tx.selectFrom('streams').select('stream').where('stream', '=', 'user:ann').execute(),
      content: await tx.selectFrom('notifications').select('title').execute(),
    }))
    expect(left).toEqual({ inbox: [], streams: [], content: [{ title: 'Hello' }, { title: 'Hello' }] })
    expect(await ids('bob')).toContain(shared)
  })

  test('takes the user out of what others got', async () => {
    const { notifications, send, announce, storage } = await openScene()
    await send('bob', { actor: { id: 'ann', name: 'Ann' } })
    await send('bob', { actor: { id: 'carl', name: 'Carl' } })
    await announce({}, { excludeUserId: 'ann' })
    await notifications.erase('ann')
    const { nodes } = await notifications.list(bob, { first: 20 })
    expect(nodes.map(({ actor }) => actor?.name)).toEqual([undefined, 'Carl', undefined])
    const traces = await storage.read((tx) => tx.selectFrom('notifications').selectAll().execute())
    expect(traces.flatMap(Object.values).join()).not.toMatch(/ann/i)
  })

  test('ends what they follow, and their old cursors have expired', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    const feed = read(await notifications.followEvents(ann, undefined))
    const added = read(await notifications.followAdded(ann, undefined))
    const endings = [feed.ended(), added.ended()]
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    await notifications.erase('ann')
    for (const ending of endings) await expect(ending).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    await expect(notifications.followEvents(ann, resumeCursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
    await send('ann')
    await expect(notifications.followAdded(ann, resumeCursor)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  test('that was not published to the devices is noticed at the next notification', async () => {
    const { notifications, send, ...machine } = await openScene()
    const { clock, log } = machine
    const bus = createBus({ openLink: openJsonLink, clock, log })
    onTestFinished(bus.close)
    const unheard = createNotifications({ ...machine, bus, limits: DEFAULT_LIMITS })
    for (let i = 0; i < 5; i++) await send('ann')
    const feed = read(await notifications.followEvents(ann, undefined))
    const ending = feed.ended()
    await notifications.unreadCount(ann)
    await unheard.erase('ann')
    await send('ann')
    await expect(ending).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' })
  })

  test('leaves everybody else alone', async () => {
    const { notifications, send, ids } = await openScene()
    const id = await send(['bob', 'ann2', 'an'])
    await notifications.erase('ann')
    for (const userId of ['bob', 'ann2', 'an']) expect(await ids(userId)).toEqual([id])
    expect(await notifications.unreadCount(viewer('ann'))).toMatchObject({ count: 0, revision: 0 })
  })
})
