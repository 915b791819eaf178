import { describe, expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

describe('the unread count', () => {
  test('leaves out what is read, archived, removed or expired', async () => {
    const { notifications, send, clock } = await openScene()
    const [readId, archived, removed, seen] = [
      await send('ann'),
      await send('ann'),
      await send('ann'),
      await send('ann'),
    ]
    await send('ann', { expiresAt: clock.now() + 1_000 })
    await notifications.mark(ann, 'READ', [readId])
    await notifications.mark(ann, 'ARCHIVED', [archived])
    await notifications.mark(ann, 'SEEN', [seen])
    await notifications.retract([removed])
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 2 })
    clock.advance(1_000)
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1 })
  })

  test('comes per category, the largest first, and stops at the cap', async () => {
    const { notifications, send } = await openScene()
    const times = async (count: number, type: string) => {
      for (let i = 0; i < count; i++) await send('ann', { type })
    }
    await times(3, 'b')
    await times(5, 'c')
    await times(3, 'a')
    const byCategory = [
      { category: 'c', count: 5, isCapped: false },
      { category: 'a', count: 3, isCapped: false },
      { category: 'b', count: 3, isCapped: false },
    ]
    expect(await notifications.unreadCount(ann)).toEqual({ count: 11, isCapped: false, byCategory, revision: 11 })
    await times(88, 'c')
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: false })
    await times(10, 'c')
    const capped = await notifications.unreadCount(ann)
    expect(capped).toMatchObject({ count: 99, isCapped: true })
    expect(capped.byCategory[0]).toEqual({ category: 'c', count: DEFAULT_LIMITS.unreadCap, isCapped: true })
    expect(capped.byCategory).toHaveLength(3)
  })

  test('is exact or capped with more categories than the cap', async () => {
    const { notifications, send } = await openScene()
    for (let i = 0; i < 99; i++) await send('ann', { type: `c${i}` })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: false })
    for (let i = 99; i < 120; i++) await send('ann', { type: `c${i}` })
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 99, isCapped: true })
  })

  test('is followed: the present one at once, then after every change', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    const feed = read(await notifications.followUnread(ann))
    expect(await feed.next()).toMatchObject({ count: 1, revision: 1 })
    const id = await send(['ann', 'bob'])
    expect(await feed.next()).toMatchObject({ count: 2, revision: 2 })
    await notifications.mark(ann, 'READ', [id])
    expect(await feed.next()).toMatchObject({ count: 1, revision: 3 })
  })
})
