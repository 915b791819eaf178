import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { BulkMark } from '../../src/notifications/notification.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

const TAKEN_BACK = { READ: 'UNREAD', ARCHIVED: 'UNARCHIVED' } as const

describe('marking a whole inbox', () => {
  test.each<[BulkMark, 'seenAt' | 'readAt' | 'archivedAt']>([
    ['SEEN', 'seenAt'],
    ['READ', 'readAt'],
    ['ARCHIVED', 'archivedAt'],
  ])('as %s marks what had arrived up to the bound, in a category, and tells devices the same', async (mark, field) => {
    const { notifications, send, clock } = await openScene()
    const [one, , other] = [await send('ann'), await send('ann', { type: 'other' }), await send('ann')]
    const { unread, resumeCursor } = await notifications.list(ann, { first: 1 })
    const live = read(await notifications.followEvents(ann, undefined))
    const late = await send('ann')
    await live.next()
    const input = { upToRevision: unread.revision, category: 'chat' }
    const marked = await notifications.markAll(ann, mark, input)
    expect(marked).toMatchObject({ changed: 2, upToRevision: 3 })
    expect(marked.notifications.map((one) => [one.id, one[field]])).toEqual([
      [other, clock.now()],
      [one, clock.now()],
    ])
    const event = { mark, ids: [], upToRevision: 3, category: 'chat', at: clock.now(), unread: marked.unread }
    expect(await live.next()).toMatchObject(event)
    expect(await read(await notifications.followEvents(ann, resumeCursor)).take(2)).toMatchObject([
      { notification: { id: late } },
      event,
    ])
    expect(await notifications.markAll(ann, mark, input)).toMatchObject({ changed: 0, notifications: [] })
  })

  test.each(['READ', 'ARCHIVED'] as const)(
    'as %s leaves alone what was taken back after the bound, on all devices',
    async (mark) => {
      const { notifications, send } = await openScene()
      const [again, other] = [await send('ann'), await send('ann')]
      const { resumeCursor } = await notifications.list(ann, { first: 1 })
      await notifications.mark(ann, mark, [again])
      const { revision: onScreen } = await notifications.unreadCount(ann)
      await notifications.mark(ann, TAKEN_BACK[mark], [again])
      const live = read(await notifications.followEvents(ann, undefined))
      await send('ann')
      await live.next()
      expect(await notifications.markAll(ann, mark, { upToRevision: onScreen })).toMatchObject({ changed: 1 })
      const events = [
        { mark, ids: [], upToRevision: onScreen },
        { mark: TAKEN_BACK[mark], ids: [again], upToRevision: null },
      ]
      expect(await live.take(2)).toMatchObject(events)
      const away = read(await notifications.followEvents(ann, resumeCursor))
      // That it was seen, and what arrived.
      await away.take(mark === 'READ' ? 2 : 1)
      expect(await away.take(2)).toMatchObject(events)
      const found = await notifications.find(ann, [again, other])
      const field = mark === 'READ' ? 'readAt' : 'archivedAt'
      expect(found.map((one) => one?.[field] !== null)).toEqual([false, true])
      // What was taken back before the bound is what the user sees and means.
      expect(await notifications.markAll(ann, mark, {})).toMatchObject({ changed: 2 })
    },
  )

  test('as archived can keep to what is read, and names that, since a device cannot know what was read then', async () => {
    const { notifications, send } = await openScene()
    const [one, two, unread] = [await send('ann'), await send('ann'), await send('ann')]
    await notifications.mark(ann, 'READ', [one, two])
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const live = read(await notifications.followEvents(ann, undefined))
    await send('ann')
    await live.next()
    const archived = await notifications.markAll(ann, 'ARCHIVED', { onlyRead: true })
    expect(archived).toMatchObject({ changed: 2, upToRevision: 5, notifications: [{ id: two }, { id: one }] })
    const event = { mark: 'ARCHIVED', ids: [one, two], upToRevision: null }
    expect(await live.next()).toMatchObject(event)
    await notifications.mark(ann, 'UNREAD', [one])
    const away = await read(await notifications.followEvents(ann, resumeCursor)).take(3)
    expect(away).toMatchObject([{}, event, { mark: 'UNREAD', ids: [one] }])
    const { nodes } = await notifications.list(ann, { first: 10 })
    expect(nodes.map(({ id }) => id)).toEqual([expect.any(String), unread])
  })

  test('of a large inbox is done in parts, and answers with the newest 100 that changed', async () => {
    const { notifications, send } = await openScene()
    await Promise.all(Array.from({ length: 1_200 }, () => send('ann')))
    const { nodes } = await notifications.list(ann, { first: 100 })
    const marked = await notifications.markAll(ann, 'SEEN', {})
    expect(marked.changed).toBe(1_200)
    expect(marked.notifications.map(({ id }) => id)).toEqual(nodes.map(({ id }) => id))
    expect(marked.notifications.every(({ seenAt }) => seenAt !== null)).toBe(true)
  })
})

test('what an earlier Herald marked as read in a whole inbox is told as before', async () => {
  const { notifications, send, storage } = await openScene()
  await send('ann')
  const { resumeCursor } = await notifications.list(ann, { first: 1 })
  await notifications.markAll(ann, 'READ', {})
  await storage.write(async (tx) => {
    await sql`ALTER TABLE bulk_marks DROP COLUMN mark`.execute(tx)
    await sql`DELETE FROM migrations WHERE name = '0019-bulk-marks'`.execute(tx)
    await migrate(tx, 'text')
  })
  const event = await read(await notifications.followEvents(ann, resumeCursor)).next()
  expect(event).toMatchObject({ mark: 'READ', ids: [], upToRevision: 1 })
})
