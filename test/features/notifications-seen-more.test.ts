import { describe, expect, test } from 'vitest'
import type { NotificationEvent } from '../../src/notifications/notification.ts'
import { contentsOf, createInboxDevice } from '../support/inbox-device.ts'
import { ann, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'

const BARRIER = 'barrier'

/** A device that loaded the list, showed what came since, and was cut off before it had acknowledged anything. */
async function openCutDevice(scene: Scene, tellAll: () => Promise<readonly string[]>) {
  const { notifications } = scene
  const { nodes, resumeCursor } = await notifications.list(ann, { first: 100 })
  const reader = read(await notifications.followEvents(ann, resumeCursor))
  const shown = await tellAll()
  const events = await reader.take(shown.length)
  await reader.stop()
  const device = createInboxDevice(resumeCursor)
  for (const notification of nodes) device.add(notification)
  for (const event of events) device.apply(event)

  /** Brings the device up to date from a cursor, which is older than what it shows. */
  const comeBack = async (cursor: string): Promise<readonly NotificationEvent[]> => {
    const barrier = await scene.send('ann', { type: BARRIER })
    const back = read(await notifications.followEvents(ann, cursor))
    const got: NotificationEvent[] = []
    for (let isThere = false; !isThere; ) {
      const event = await back.next()
      device.apply(event)
      got.push(event)
      isThere = event.__typename === 'NotificationAdded' && event.notification.id === barrier
    }
    await back.stop()
    return got
  }
  return { device, shown, resumeCursor, cursors: events.map(({ cursor }) => cursor), comeBack }
}

async function expectSame({ notifications }: Scene, { contents }: { contents(): unknown }): Promise<void> {
  const { nodes } = await notifications.list(ann, { first: 100, filter: { archived: null } })
  expect(contents()).toEqual(contentsOf(nodes))
}

describe('a device that has shown more than its cursor says', () => {
  test('learns what was retracted, wherever it resumes', async () => {
    const scene = await openScene()
    const cut = await openCutDevice(scene, async () => [await scene.send('ann'), await scene.send('ann')])
    await scene.notifications.retract([cut.shown[0] ?? ''])
    for (const cursor of [cut.resumeCursor, ...cut.cursors]) {
      const events = await cut.comeBack(cursor)
      expect(events).toContainEqual(expect.objectContaining({ ids: [cut.shown[0]] }))
      await expectSame(scene, cut.device)
    }
  })

  test('learns what expired', async () => {
    const scene = await openScene()
    const expiresAt = scene.clock.now() + 1_000
    const cut = await openCutDevice(scene, async () => [
      await scene.send('ann', { expiresAt }),
      await scene.send('ann'),
    ])
    scene.clock.advance(1_000)
    await scene.notifications.sweep()
    await cut.comeBack(cut.resumeCursor)
    await expectSame(scene, cut.device)
  })

  test('learns it of announcements, too', async () => {
    const scene = await openScene()
    const cut = await openCutDevice(scene, async () => [await scene.announce(), await scene.send('ann')])
    await scene.notifications.retract([cut.shown[0] ?? ''])
    await cut.comeBack(cut.resumeCursor)
    await expectSame(scene, cut.device)
  })

  test('learns marks that were taken back', async () => {
    const scene = await openScene()
    const cut = await openCutDevice(scene, async () => [await scene.send('ann'), await scene.send('ann')])
    const [one = '', other = ''] = cut.shown
    const marks = [
      ['READ', one],
      ['ARCHIVED', other],
      ['UNREAD', one],
      ['UNARCHIVED', other],
    ] as const
    const middle = await cut.comeBack(cut.resumeCursor)
    for (const [mark, id] of marks) {
      await scene.notifications.mark(ann, mark, [id])
      for (const cursor of [cut.resumeCursor, ...cut.cursors, middle.at(-1)?.cursor ?? '']) {
        await cut.comeBack(cursor)
        await expectSame(scene, cut.device)
      }
    }
  })

  test('learns over pages what is gone, and in the order in which it happened', async () => {
    const scene = await openScene()
    const tellMany = () => Promise.all(Array.from({ length: 250 }, () => scene.send('ann', { category: 'many' })))
    const cut = await openCutDevice(scene, tellMany)
    const gone = cut.shown.filter((_, index) => index % 2)
    for (let start = 0; start < gone.length; start += 25)
      await scene.notifications.retract(gone.slice(start, start + 25))
    await scene.notifications.markAll(ann, 'READ', { category: 'many' })
    const events = await cut.comeBack(cut.cursors[120] ?? '')
    const removed = events.flatMap((event) => (event.__typename === 'NotificationsRemoved' ? event.ids : []))
    expect(new Set(removed)).toEqual(new Set(gone))
    const { nodes } = await scene.notifications.list(ann, { first: 100 })
    expect(nodes.every(({ id }) => cut.device.contents()[id] !== undefined)).toBe(true)
    expect(Object.keys(cut.device.contents())).toHaveLength(126)
  })
})
