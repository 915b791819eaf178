import { expect, it } from 'vitest'
import type { Notification } from '../../src/notifications/notification.ts'
import { createInboxDevice } from '../support/inbox-device.ts'
import { ann, openScene, type Scene } from '../support/notifications.ts'
import { createRandom, type Random } from '../support/random.ts'
import { read } from '../support/reader.ts'

const UNREAD = { read: false }

/** Something that brings a notification into a list of what is unread, or takes it out. */
async function move({ notifications, send }: Scene, ids: string[], random: Random): Promise<void> {
  const does = random.pick(['send', 'READ', 'READ', 'UNREAD', 'UNREAD', 'ARCHIVED', 'UNARCHIVED', 'all'] as const)
  if (does === 'send') ids.push(await send('ann'))
  else if (does === 'all' && random.chance(0.2)) await notifications.markAll(ann, 'READ', {})
  else if (does !== 'all') await notifications.mark(ann, does, [random.pick(ids)])
}

it('whoever walks what is unread while it changes, and then follows from the first page, misses nothing', async () => {
  for (let seed = 1; seed <= 8; seed++) {
    const scene = await openScene()
    const random = createRandom(seed)
    const { notifications, send } = scene
    await scene.begin('ann')
    const ids: string[] = []
    for (let count = 0; count < 14; count++) ids.push(await send('ann'))
    await notifications.mark(ann, 'READ', random.some(ids, 0.4).concat(ids[0]!))

    const pages: Notification[] = []
    const first = await notifications.list(ann, { first: 3, filter: UNREAD })
    pages.push(...first.nodes)
    for (let { hasNextPage, endCursor: after } = first.pageInfo; hasNextPage; ) {
      for (let moves = random.int(4); moves > 0; moves--) await move(scene, ids, random)
      const page = await notifications.list(ann, { first: 3, after, filter: UNREAD })
      pages.push(...page.nodes)
      ;({ hasNextPage, endCursor: after } = page.pageInfo)
    }

    const last = await send('ann')
    const device = createInboxDevice(first.resumeCursor)
    for (const notification of pages) device.add(notification)
    const named = new Set(pages.map(({ id }) => id))
    const stream = read(await notifications.followEvents(ann, first.resumeCursor))
    for (let isOver = false; !isOver; ) {
      const event = await stream.next()
      device.apply(event)
      if (event.__typename === 'NotificationAdded') named.add(event.notification.id)
      if (event.__typename === 'NotificationsMarked') for (const id of event.ids) named.add(id)
      isOver = event.__typename === 'NotificationAdded' && event.notification.id === last
    }
    const stored = (await notifications.list(ann, { first: 100, filter: UNREAD })).nodes.map(({ id }) => id)
    expect(
      stored.filter((id) => !named.has(id)),
      `seed ${seed}`,
    ).toEqual([])
    const shown = Object.entries(device.contents()).filter(([, marks]) => !/\b(read|archived)\b/.test(marks))
    const unknown = shown.map(([id]) => id).filter((id) => !stored.includes(id))
    expect(unknown, `seed ${seed}`).toEqual([])
  }
})
