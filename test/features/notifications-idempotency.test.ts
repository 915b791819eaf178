import { describe, expect, test } from 'vitest'
import { ann, openScene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

describe('an idempotency key', () => {
  const input = { userIds: ['ann'], notification: { type: 'a', title: 'A', data: { b: 1, c: 2 } }, idempotencyKey: 'k' }

  test('makes sending twice sending once', async () => {
    const { notifications, send } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const first = await notifications.notify(input)
    const reordered = { ...input, notification: { data: { c: 2, b: 1 }, title: 'A', type: 'a' } }
    expect(await notifications.notify(reordered)).toEqual({ ...first, isDuplicate: true })
    const barrier = await send('ann')
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
