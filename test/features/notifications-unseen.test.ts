import { describe, expect, test } from 'vitest'
import { AppError } from '../../src/lib/errors.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { Storage } from '../../src/storage/storage.ts'
import { ann, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

async function unseenOf({ notifications }: Scene): Promise<readonly unknown[]> {
  const { unseen, revision } = await notifications.unreadCount(ann, true)
  return [unseen?.count, revision]
}

describe('what is unseen', () => {
  test('is what nobody has shown, read or put away, and each change of it has a revision of its own', async () => {
    const scene = await openScene()
    const { notifications, send, clock } = scene
    const ids = [await send('ann'), await send('ann'), await send('ann'), await send('ann')]
    await send('ann', { expiresAt: clock.now() + 1_000 })
    const [seen = '', read = '', archived = ''] = ids
    const counts = [await unseenOf(scene)]
    for (const [mark, id] of [
      ['SEEN', seen],
      ['READ', read],
      ['UNREAD', read],
      ['ARCHIVED', archived],
    ] as const) {
      await notifications.mark(ann, mark, [id])
      counts.push(await unseenOf(scene))
    }
    clock.advance(1_000)
    counts.push(await unseenOf(scene))
    await notifications.markAll(ann, 'SEEN', {})
    counts.push(await unseenOf(scene))
    await notifications.mark(ann, 'UNARCHIVED', [archived])
    counts.push(await unseenOf(scene))
    expect(counts).toEqual([
      [5, 5],
      [4, 6],
      [3, 7],
      [3, 8],
      [2, 9],
      [1, 10],
      [0, 11],
      [0, 12],
    ])
  })

  test('stops at the cap, and says so', async () => {
    const scene = await openScene()
    const { send } = scene
    const notifications = createNotifications({ ...scene, limits: { ...DEFAULT_LIMITS, unreadCap: 2 } })
    for (const capped of [
      [1, false],
      [2, false],
      [2, true],
    ] as const) {
      await send('ann')
      const { unseen } = await notifications.unreadCount(ann, true)
      expect([unseen?.count, unseen?.isCapped]).toEqual(capped)
    }
  })

  test('is only counted for who asks', async () => {
    const { notifications, send } = await openScene()
    const id = await send('ann')
    const unseen = { count: 0, isCapped: false }
    const whole = { page: undefined, entries: undefined }
    expect(await notifications.unreadCount(ann)).not.toHaveProperty('unseen')
    expect((await notifications.list(ann, { first: 1 })).unread).not.toHaveProperty('unseen')
    expect((await notifications.mark(ann, 'SEEN', [id])).unread).not.toHaveProperty('unseen')
    expect((await notifications.list(ann, { first: 1 }, { ...whole, unseen: true })).unread).toMatchObject({ unseen })
    expect((await notifications.mark(ann, 'SEEN', [id], { ...whole, unseen: true })).unread).toMatchObject({ unseen })
  })

  test('is followed, also while the database is away for a moment', async () => {
    const scene = await openScene()
    const { storage } = scene
    let isAway = false
    const failing: Storage = {
      ...storage,
      read: (work) => (isAway ? Promise.reject(new AppError('SERVICE_UNAVAILABLE', 'Away.')) : storage.read(work)),
    }
    const notifications = createNotifications({ ...scene, storage: failing, limits: DEFAULT_LIMITS })
    const badge = read(await notifications.followUnread(ann, true))
    expect(await badge.next()).toMatchObject({ unseen: { count: 0 } })
    const events = read(await notifications.followEvents(ann, null, { entries: undefined, marked: true, unseen: true }))
    const id = await scene.send('ann')
    expect(await badge.next()).toMatchObject({ unseen: { count: 1 }, revision: 1 })
    expect(await events.next()).toMatchObject({ notification: { id }, unread: { unseen: { count: 1 } } })
    isAway = true
    const both = Promise.all([badge.next(), events.next()])
    await scene.notifications.mark(ann, 'SEEN', [id])
    isAway = false
    expect(await both).toMatchObject([
      { unseen: { count: 0 }, revision: 2 },
      { mark: 'SEEN', notifications: [{ id }], unread: { unseen: { count: 0 } } },
    ])
  })
})
