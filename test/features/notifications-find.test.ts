import { describe, expect, test } from 'vitest'
import { ann, bob, openScene } from '../support/notifications.ts'

describe('finding notifications by their ids', () => {
  test('gives them in the order of the ids, also archived ones and the same one twice', async () => {
    const { notifications, send } = await openScene()
    const [a, b] = [await send('ann', { title: 'A' }), await send('ann', { title: 'B' })]
    await notifications.mark(ann, 'ARCHIVED', [a])
    const found = await notifications.find(ann, [b, a, b])
    expect(found.map((one) => one?.title)).toEqual(['B', 'A', 'B'])
    expect(found[1]).toMatchObject({ id: a, archivedAt: expect.any(Number), arrivedRevision: 1 })
  })

  test('gives null for what is not in the inbox: unknown, of somebody else, retracted, expired', async () => {
    const { notifications, send, clock } = await openScene()
    const mine = await send('ann')
    const [others, gone] = [await send('bob'), await send('ann')]
    const late = await send('ann', { expiresAt: clock.now() + 1_000 })
    await notifications.retract([gone])
    expect(await notifications.find(ann, [late])).toMatchObject([{ id: late }])
    clock.advance(1_000)
    const ids = [others, gone, late, 'unknown', mine]
    expect(await notifications.find(ann, ids)).toMatchObject([null, null, null, null, { id: mine }])
    expect(await notifications.find(bob, [mine])).toEqual([null])
  })

  test('finds an announcement that was not materialised yet', async () => {
    const { notifications } = await openScene()
    await notifications.unreadCount(ann)
    const { notificationId } = await notifications.announce({ notification: { type: 'news', title: 'News' } })
    expect(await notifications.find(ann, [notificationId])).toMatchObject([{ title: 'News' }])
  })

  test('reads only what is asked for', async () => {
    const { notifications, send } = await openScene()
    const id = await send('ann', { title: 'A' })
    expect(await notifications.find(ann, [id], new Set(['title']))).toMatchObject([{ title: 'A', body: undefined }])
  })

  test.each([
    ['no id', []],
    ['too many', Array.from({ length: 101 }, (_, n) => `n${n}`)],
    ['an empty one', ['']],
  ])('refuses %s', async (_, ids) => {
    const { notifications } = await openScene()
    await expect(notifications.find(ann, ids)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  })
})
