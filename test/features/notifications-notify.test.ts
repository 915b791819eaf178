import { describe, expect, test } from 'vitest'
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
      editedAt: null,
      isMuted: false,
      snoozedUntil: null,
      group: null,
      revision: 1,
      arrivedRevision: 1,
    }
    for (const who of [ann, bob]) {
      expect((await notifications.list(who, { first: 20 })).nodes).toEqual([expected])
    }
  })

  test('keeps everything that it is given', async () => {
    const { notifications, send, clock } = await openScene()
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
    await send('ann', full)
    expect(await next).toMatchObject(full)
    const { nodes } = await notifications.list(ann, { first: 1 })
    expect(nodes).toEqual([await next])
  })

  test('numbers the inbox 1, 2, 3 … without holes under concurrent writers, and delivers in that order', async () => {
    const { notifications, send } = await openScene()
    const feed = read(await notifications.followEvents(ann, undefined))
    const events = feed.take(50)
    await Promise.all(
      Array.from({ length: 50 }, (_, i) => send(i % 2 ? ['ann', 'bob'] : ['bob', 'ann'], { title: `${i}` })),
    )
    const revisions = (await events).map(
      (event) => event.__typename === 'NotificationAdded' && event.notification.revision,
    )
    expect(revisions).toEqual(Array.from({ length: 50 }, (_, i) => i + 1))
    const { nodes } = await notifications.list(bob, { first: 100 })
    expect(nodes.map(({ revision }) => revision)).toEqual(revisions.reverse())
  })

  test('is stored by the time a device receives of it', async () => {
    const { notifications, send, ids } = await openScene()
    const feed = read(await notifications.followAdded(ann, undefined))
    const received = feed.next().then(async ({ id }) => (await ids('ann')).includes(id))
    await send('ann')
    expect(await received).toBe(true)
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
