import { describe, expect, test } from 'vitest'
import type { Mark } from '../../src/notifications/notification.ts'
import { ann, bob, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

describe('a mark', () => {
  test('sets its time, and reading implies having seen', async () => {
    const { notifications, send, clock } = await openScene()
    const [a, b] = [await send('ann'), await send('ann')]
    clock.advance(1_000)
    const now = clock.now()
    const seen = await notifications.mark(ann, 'SEEN', [a])
    expect(seen.notifications).toMatchObject([{ id: a, seenAt: now, readAt: null, archivedAt: null, revision: 3 }])
    clock.advance(1_000)
    const { notifications: both, ...payload } = await notifications.mark(ann, 'READ', [b, a])
    expect(both).toMatchObject([
      { id: b, seenAt: now + 1_000, readAt: now + 1_000, revision: 4 },
      { id: a, seenAt: now, readAt: now + 1_000, revision: 4 },
    ])
    expect(payload).toMatchObject({ changed: 2, upToRevision: null, unread: { count: 0, revision: 4 } })
  })

  test('can be taken back, and what was seen stays seen', async () => {
    const { notifications, send, clock } = await openScene()
    const id = await send('ann')
    const mark = async (name: Mark) => (await notifications.mark(ann, name, [id])).notifications[0]
    await mark('READ')
    expect(await mark('UNREAD')).toMatchObject({ readAt: null, seenAt: clock.now(), revision: 3 })
    expect(await mark('ARCHIVED')).toMatchObject({ archivedAt: clock.now(), readAt: null, revision: 4 })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 0 })
    expect(await mark('UNARCHIVED')).toMatchObject({ archivedAt: null, revision: 5 })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1 })
  })

  test.each<readonly [Mark, readonly Mark[]]>([
    ['SEEN', []],
    ['READ', []],
    ['UNREAD', ['READ']],
    ['ARCHIVED', []],
    ['UNARCHIVED', ['ARCHIVED']],
  ])('%s changes nothing the second time, and tells nobody', async (mark, before) => {
    const { notifications, send } = await openScene()
    const id = await send('ann')
    for (const first of before) await notifications.mark(ann, first, [id])
    const once = await notifications.mark(ann, mark, [id])
    const feed = read(await notifications.followEvents(ann, undefined))
    expect(await notifications.mark(ann, mark, [id])).toEqual({ ...once, changed: 0 })
    const barrier = await send('ann')
    expect(await feed.next()).toMatchObject({ notification: { id: barrier } })
  })

  test('says only what it changed', async () => {
    const { notifications, send } = await openScene()
    const [a, b] = [await send('ann'), await send('ann')]
    await notifications.mark(ann, 'READ', [a])
    const event = read(await notifications.followEvents(ann, undefined)).next()
    expect(await notifications.mark(ann, 'READ', [a, b, b])).toMatchObject({ changed: 1, notifications: [{}, {}] })
    expect(await event).toMatchObject({ mark: 'READ', ids: [b], upToRevision: null, category: null })
  })

  test('marks nothing when one of the ids is not the viewer’s', async () => {
    const { notifications, send, revision } = await openScene()
    const [own, other] = [await send('ann'), await send('bob')]
    const attempt = notifications.mark(ann, 'READ', [own, other])
    await expect(attempt).rejects.toMatchObject({ code: 'NOT_FOUND', message: `Notification ${other} not found.` })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1, revision: 1 })
    await expect(notifications.mark(ann, 'READ', ['nonsense'])).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await revision('bob')).toBe(1)
  })

  test('passes over what was retracted or has expired', async () => {
    const { notifications, send, clock } = await openScene()
    const [kept, retracted] = [await send('ann'), await send('ann')]
    const expired = await send('ann', { expiresAt: clock.now() + 1 })
    await notifications.retract([retracted])
    clock.advance(1)
    const result = await notifications.mark(ann, 'READ', [retracted, expired, kept])
    expect(result).toMatchObject({ changed: 1, notifications: [{ id: kept }] })
  })

  test('reaches all devices of the user, the marking one too, and no other user', async () => {
    const { notifications, send, clock } = await openScene()
    const id = await send(['ann', 'bob'])
    const devices = [await notifications.followEvents(ann, null), await notifications.followEvents(ann, null)].map(read)
    const other = read(await notifications.followEvents(bob, null))
    const next = devices.map((device) => device.next())
    const { cursor, unread } = await notifications.mark(ann, 'READ', [id])
    const expected = {
      __typename: 'NotificationsMarked',
      mark: 'READ',
      ids: [id],
      upToRevision: null,
      category: null,
      at: clock.now(),
      unread,
      cursor,
    }
    expect(await Promise.all(next)).toEqual([expected, expected])
    const barrier = await send('bob')
    expect(await other.next()).toMatchObject({ notification: { id: barrier } })
  })

  test('of 1,000 notifications comes in events of at most 500 ids, whose cursors lose none', async () => {
    const { notifications, send } = await openScene()
    const ids = await Promise.all(Array.from({ length: 1_000 }, () => send('ann')))
    const before = (await notifications.list(ann, { first: 1 })).resumeCursor
    const live = read(await notifications.followEvents(ann, undefined))
    const events = live.take(2)
    const { cursor } = await notifications.mark(ann, 'SEEN', ids)
    const [one, two] = await events
    expect(one).toMatchObject({ mark: 'SEEN', ids: ids.slice(0, 500), cursor: before })
    expect(two).toMatchObject({ mark: 'SEEN', ids: ids.slice(500), cursor })
    const late = read(await notifications.followEvents(ann, one?.cursor))
    const again = await late.take(2)
    expect(again.flatMap((event) => ('ids' in event ? event.ids : []))).toEqual(ids.toSorted())
    expect(again.at(-1)).toMatchObject({ cursor })
  })
})
