import { describe, expect, test } from 'vitest'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

describe('markAllAsRead', () => {
  test('marks what the viewer has seen, and nothing that arrived meanwhile', async () => {
    const { notifications, send } = await openScene()
    const [a, b] = [await send('ann'), await send('ann')]
    const { unread } = await notifications.list(ann, { first: 20 })
    const meanwhile = await send('ann')
    const result = await notifications.markAll(ann, 'READ', { upToRevision: unread.revision })
    expect(result).toMatchObject({ changed: 2, upToRevision: 2, unread: { count: 1, revision: 4 } })
    expect(result.notifications.map(({ id, readAt }) => [id, readAt])).toEqual([
      [b, expect.any(Number)],
      [a, expect.any(Number)],
    ])
    const left = await notifications.list(ann, { first: 20, filter: { read: false } })
    expect(left.nodes.map(({ id }) => id)).toEqual([meanwhile])
    expect(await notifications.mark(ann, 'READ', [a, b])).toMatchObject({ changed: 0 })
  })

  test('finds a bound when there is none, and says it', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    const marking = notifications.markAll(ann, 'READ', {})
    const telling = send('ann')
    const [{ upToRevision, changed, unread }] = await Promise.all([marking, telling])
    expect(unread.count, 'all that there is').toBe(0)
    // Which of two that are asked for at the same time comes first is nobody's to say.
    expect([1, 2]).toContain(upToRevision)
    expect(changed).toBe(upToRevision)
    const { nodes } = await notifications.list(ann, { first: 20 })
    expect(nodes.map(({ revision, readAt }) => [revision, readAt !== null])).toEqual(
      upToRevision === 1
        ? [
            [3, false],
            [2, true],
          ]
        : [
            [3, true],
            [3, true],
          ],
    )
  })

  test('takes a bound beyond the inbox for its end', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    expect(await notifications.markAll(ann, 'READ', { upToRevision: 1_000 })).toMatchObject({
      changed: 1,
      upToRevision: 1,
    })
    await send('ann')
    expect(await notifications.unreadCount(ann)).toMatchObject({ count: 1 })
  })

  test('can keep to a category', async () => {
    const { notifications, send } = await openScene()
    await send('ann', { type: 'a.x' })
    const reader = read(await notifications.followEvents(ann, undefined))
    await send('ann', { type: 'b.x' })
    await reader.next()
    const event = reader.next()
    expect(await notifications.markAll(ann, 'READ', { category: 'a' })).toMatchObject({
      changed: 1,
      unread: { count: 1 },
    })
    expect(await event).toMatchObject({ mark: 'READ', ids: [], upToRevision: 2, category: 'a' })
  })

  test('reaches the archived, so that a device can do the same with what it shows', async () => {
    const { notifications, send } = await openScene()
    const id = await send('ann')
    await notifications.mark(ann, 'ARCHIVED', [id])
    expect(await notifications.markAll(ann, 'READ', {})).toMatchObject({ changed: 1 })
  })

  test('is the latest change of what it marks, and of nothing else', async () => {
    const { notifications, send } = await openScene()
    const [before, one, other] = [await send('ann'), await send('ann'), await send('ann')]
    await notifications.mark(ann, 'READ', [before])
    await notifications.mark(ann, 'SEEN', [one])
    const { unread } = await notifications.markAll(ann, 'READ', {})
    const { nodes } = await notifications.list(ann, { first: 20 })
    expect(nodes.map(({ id, revision }) => [id, revision])).toEqual([
      [other, unread.revision],
      [one, unread.revision],
      [before, 4],
    ])
  })

  test('changes nothing the second time, and tells nobody', async () => {
    const { notifications, send } = await openScene()
    await send('ann')
    const once = await notifications.markAll(ann, 'READ', {})
    const feed = read(await notifications.followEvents(ann, undefined))
    const twice = await notifications.markAll(ann, 'READ', {})
    expect(twice).toEqual({ ...once, changed: 0, upToRevision: 2, notifications: [] })
    const barrier = await send('ann')
    expect(await feed.next()).toMatchObject({ notification: { id: barrier } })
  })

  test('comes to a device that was away as the mark that it was, however many it marked', async () => {
    const { notifications, send } = await openScene()
    await Promise.all(Array.from({ length: 1_200 }, () => send('ann')))
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const { cursor, upToRevision } = await notifications.markAll(ann, 'READ', {})
    const event = await read(await notifications.followEvents(ann, resumeCursor)).next()
    expect(event).toMatchObject({ mark: 'READ', ids: [], upToRevision, category: null, cursor })
  })

  test('comes with the ids of those that were marked before: when they were read last is known by nothing else', async () => {
    const { notifications, send, clock } = await openScene()
    const [again, other] = [await send('ann', { type: 'a.x' }), await send('ann', { type: 'b.x' })]
    await notifications.mark(ann, 'READ', [again])
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    await notifications.mark(ann, 'UNREAD', [again])
    clock.advance(1_000)
    await notifications.markAll(ann, 'READ', { category: 'a' })
    await notifications.markAll(ann, 'READ', {})
    await notifications.mark(ann, 'UNREAD', [other])
    const events = await read(await notifications.followEvents(ann, resumeCursor)).take(4)
    expect(events).toMatchObject([
      { mark: 'READ', ids: [], upToRevision: 4, category: 'a' },
      { mark: 'READ', ids: [again], at: clock.now() },
      { mark: 'READ', ids: [], upToRevision: 5, category: null },
      { mark: 'UNREAD', ids: [other] },
    ])
  })

  test('of what arrived after the cursor leaves unread what was marked so afterwards', async () => {
    const { notifications, send } = await openScene()
    const { resumeCursor } = await notifications.list(ann, { first: 1 })
    const [one, other] = [await send('ann'), await send('ann')]
    await notifications.markAll(ann, 'READ', {})
    await notifications.mark(ann, 'UNREAD', [one])
    const events = await read(await notifications.followEvents(ann, resumeCursor)).take(4)
    expect(events).toMatchObject([
      { notification: { id: one, readAt: null } },
      { notification: { id: other, readAt: expect.anything() } },
      { mark: 'READ', upToRevision: 2 },
      { mark: 'UNREAD', ids: [one] },
    ])
  })
})
