import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_RETENTION } from '../../src/lib/limits.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { viewer } from '../support/viewer.ts'
import { createNotifications } from '../support/with-bus.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const READ_MS = DEFAULT_RETENTION.readDays * DAY_MS
const REMOVED_MS = DEFAULT_RETENTION.removedDays * DAY_MS
const expired = { code: 'CURSOR_EXPIRED' }

function rows(storage: Storage, table: 'inbox' | 'notifications'): Promise<number> {
  return storage.read(async (tx) => (await tx.selectFrom(table).selectAll().execute()).length)
}

describe('what has had its time', () => {
  test('is deleted when it was read or archived for long; what is unread stays', async () => {
    const { notifications, send, ids, clock, storage } = await openScene()
    const [readOne, archived, unread, late] = [
      await send('ann'),
      await send('ann'),
      await send('ann'),
      await send('ann'),
    ]
    await notifications.mark(ann, 'READ', [readOne])
    await notifications.mark(ann, 'ARCHIVED', [archived])
    clock.advance(READ_MS - 1)
    await notifications.mark(ann, 'READ', [late])
    expect(await notifications.prune()).toBe(0)
    clock.advance(1)
    expect(await notifications.prune()).toBe(2)
    expect(await ids('ann')).toEqual([late, unread])
    expect(await rows(storage, 'notifications')).toBe(2)
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1 })
  })

  test('keeps its content while somebody else has it', async () => {
    const { notifications, send, ids, clock, storage } = await openScene()
    const shared = await send(['ann', 'bob'])
    await notifications.mark(ann, 'READ', [shared])
    clock.advance(READ_MS)
    expect(await notifications.prune()).toBe(1)
    expect(await ids('ann')).toEqual([])
    expect(await ids('bob')).toEqual([shared])
    await notifications.mark(bob, 'READ', [shared])
    clock.advance(READ_MS)
    // That of Bob, and the trace of Ann's.
    expect(await notifications.prune()).toBe(2)
    expect(await rows(storage, 'notifications')).toBe(0)
  })

  test('is published to devices that show it, and leaves a tombstone for those that are away', async () => {
    const { notifications, send, clock, storage } = await openScene()
    const cursor = async () => (await notifications.list(ann, { first: 1 })).resumeCursor
    const id = await send('ann')
    const beforeRead = await cursor()
    await notifications.mark(ann, 'READ', [id])
    const afterRead = await cursor()
    const live = read(await notifications.followEvents(ann, afterRead))
    clock.advance(READ_MS)
    const removed = live.next()
    await notifications.prune()
    expect(await removed).toMatchObject({ ids: [id], unread: { count: 0, revision: 3 } })
    for (const after of [beforeRead, afterRead]) {
      const [event] = await read(await notifications.followEvents(ann, after)).take(1)
      expect(event).toMatchObject({ ids: [id] })
    }
    clock.advance(REMOVED_MS)
    expect(await notifications.prune()).toBe(1)
    expect(await rows(storage, 'inbox')).toBe(0)
    const left = await cursor()
    for (const after of [beforeRead, afterRead]) {
      await expect(notifications.followEvents(ann, after)).rejects.toMatchObject(expired)
      await expect(notifications.followAdded(ann, after)).rejects.toMatchObject(expired)
    }
    const next = await send('ann')
    expect(await read(await notifications.followAdded(ann, left)).next()).toMatchObject({ id: next })
    expect(await read(await notifications.followEvents(ann, left)).next()).toMatchObject({ notification: { id: next } })
  })

  test('of marks of a whole inbox expires the cursors from before them', async () => {
    const { notifications, send, clock, storage } = await openScene()
    const cursor = async () => (await notifications.list(ann, { first: 1 })).resumeCursor
    const id = await send('ann')
    const before = await cursor()
    await notifications.markAll(ann, 'READ', {})
    await notifications.mark(ann, 'UNREAD', [id])
    const after = await cursor()
    clock.advance(READ_MS)
    await notifications.prune()
    const marks = await storage.read((tx) => tx.selectFrom('bulk_marks').selectAll().execute())
    expect(marks).toEqual([])
    await expect(notifications.followEvents(ann, before)).rejects.toMatchObject(expired)
    await expect(notifications.followEvents(ann, after)).resolves.toBeDefined()
  })

  test('takes the traces of expired and retracted notifications with it', async () => {
    const { notifications, send, clock, storage } = await openScene()
    await send(['ann', 'bob'], { expiresAt: clock.now() + 1_000 })
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    clock.advance(1_000)
    await notifications.sweep()
    await notifications.retract([await send('ann')])
    clock.advance(REMOVED_MS - 1)
    expect(await notifications.prune()).toBe(0)
    await expect(notifications.followEvents(ann, resumeCursor)).resolves.toBeDefined()
    clock.advance(1)
    expect(await notifications.prune()).toBe(3)
    expect(await rows(storage, 'inbox')).toBe(0)
    expect(await rows(storage, 'notifications')).toBe(0)
    await expect(notifications.followEvents(ann, resumeCursor)).rejects.toMatchObject(expired)
  })

  test('of announcements is what expired and nobody has; others wait for those who were away', async () => {
    const { notifications, announce, ids, clock, storage, begin } = await openScene()
    await begin('ann', 'bob')
    await announce({ expiresAt: clock.now() + 1_000 })
    const kept = await announce()
    expect(await ids('ann')).toHaveLength(2)
    await notifications.mark(ann, 'READ', [kept])
    clock.advance(1_000)
    await notifications.sweep()
    clock.advance(READ_MS)
    expect(await notifications.prune()).toBe(2)
    expect(await rows(storage, 'notifications')).toBe(1)
    expect(await ids('ann')).toEqual([])
    expect(await ids('bob')).toEqual([kept])
  })

  test('of announcements that nobody ever got, too', async () => {
    const { notifications, announce, clock, storage } = await openScene()
    await announce({ expiresAt: clock.now() + 1_000 })
    clock.advance(REMOVED_MS + 1_000)
    await notifications.prune()
    expect(await rows(storage, 'notifications')).toBe(0)
  })

  test('goes in steps, and is deleted once when several nodes are at it', async () => {
    const { notifications, send, storage, ...machine } = await openScene()
    const users = Array.from({ length: 300 }, (_, n) => `user-${n}`)
    const shared = await send(users)
    const other = await send('ann')
    for (const userId of users) await notifications.mark(viewer(userId), 'READ', [shared])
    machine.clock.advance(READ_MS)
    const nodes = [1, 2].map(() => createNotifications({ ...machine, storage, limits: DEFAULT_LIMITS }))
    const counts = await Promise.all(nodes.map(({ prune }) => prune()))
    // A node that finds another at it leaves the rest to that one, which goes on until nothing is left.
    expect(counts.reduce((sum, count) => sum + count)).toBe(300)
    expect(await rows(storage, 'notifications')).toBe(1)
    machine.clock.advance(REMOVED_MS)
    await Promise.all(nodes.map(({ prune }) => prune()))
    expect(await rows(storage, 'inbox')).toBe(1)
    await notifications.mark(ann, 'READ', [other])
  })

  test('is left to the node that is at it', async () => {
    const { notifications, send, storage, ...machine } = await openScene()
    await notifications.mark(ann, 'READ', [await send('ann')])
    machine.clock.advance(READ_MS)
    const busy = { ...storage, tryLock: async () => false }
    expect(await createNotifications({ ...machine, storage: busy, limits: DEFAULT_LIMITS }).prune()).toBe(0)
    expect(await rows(storage, 'inbox')).toBe(1)
    expect(await notifications.prune()).toBe(1)
  })

  test('is what the product chose', async () => {
    const { notifications: _, send, storage, ...machine } = await openScene()
    const retention = { readDays: 2, removedDays: 1 }
    const notifications = createNotifications({ ...machine, storage, limits: DEFAULT_LIMITS, retention })
    await notifications.mark(ann, 'READ', [await send('ann')])
    await notifications.retract([await send('ann')])
    machine.clock.advance(DAY_MS)
    expect(await notifications.prune()).toBe(1)
    machine.clock.advance(DAY_MS)
    expect(await notifications.prune()).toBe(1)
  })
})
