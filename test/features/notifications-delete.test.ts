import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import type { RemovalReason } from '../../src/notifications/notification.ts'
import { migrate } from '../../src/storage/migrate.ts'
import { ann, bob, openScene, type Scene } from '../support/notifications.ts'
import { read } from '../support/reader.ts'
import { createNotifications } from '../support/with-bus.ts'

const DAY_MS = 24 * 60 * 60 * 1_000

/** Why a notification of Ann goes, as a device that follows is told, and one that comes back. */
async function reasonsOf(scene: Scene, remove: (id: string) => Promise<unknown>): Promise<readonly unknown[]> {
  const { notifications, send, clock } = scene
  const id = await send('ann', { expiresAt: clock.now() + DAY_MS })
  const { resumeCursor } = await notifications.list(ann, { first: 1 })
  const live = read(await notifications.followEvents(ann, undefined))
  await send('ann')
  await live.next()
  await remove(id)
  const told = []
  for (const reader of [live, read(await notifications.followEvents(ann, resumeCursor))]) {
    let event = await reader.next()
    while (event.__typename !== 'NotificationsRemoved') event = await reader.next()
    told.push([event.ids.length, event.ids[0] === id, event.reason])
  }
  return told
}

test.each<[string, RemovalReason, (scene: Scene, id: string) => Promise<unknown>]>([
  ['taken back', 'RETRACTED', ({ notifications }, id) => notifications.retract([id])],
  [
    'expired',
    'EXPIRED',
    ({ notifications, clock }) => {
      clock.advance(DAY_MS)
      return notifications.sweep()
    },
  ],
  ['deleted', 'DELETED', ({ notifications }, id) => notifications.delete(ann, [id])],
  [
    'kept for its time',
    'EXPIRED',
    async (scene, id) => {
      await scene.notifications.mark(ann, 'READ', [id])
      const retention = { readDays: 0, removedDays: 1 }
      await createNotifications({ ...scene, limits: DEFAULT_LIMITS, retention }).prune()
    },
  ],
])('of what was %s, devices are told %s, at once and when they come back', async (_how, reason, remove) => {
  const scene = await openScene()
  const told = [1, true, reason]
  expect(await reasonsOf(scene, (id) => remove(scene, id))).toEqual([told, told])
})

test('a deletion takes what is named off the inbox of its user alone', async () => {
  const { notifications, send, ids } = await openScene()
  const [one, two, three] = [await send(['ann', 'bob']), await send('ann'), await send('ann')]
  const unread = { count: 1, revision: 4 }
  expect(await notifications.delete(ann, [two, one])).toMatchObject({ deletedIds: [two, one], unread })
  expect([await ids('ann'), await ids('bob')]).toEqual([[three], [one]])
  expect(await notifications.find(ann, [one])).toEqual([null])
  // Again is no error, and changes nothing.
  expect(await notifications.delete(ann, [one, two])).toMatchObject({ deletedIds: [one, two], unread })
  await expect(notifications.delete(bob, [one, two])).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(await ids('bob')).toEqual([one])
  await expect(notifications.delete(ann, [])).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
})

test('an announcement that a user deleted does not come again', async () => {
  const { notifications, announce, begin, ids } = await openScene()
  await begin('ann', 'bob')
  const id = await announce({}, { includeNewUsers: true })
  await notifications.delete(ann, [id])
  await announce()
  expect(await ids('ann')).not.toContain(id)
  expect(await ids('bob')).toContain(id)
})

test('what an earlier Herald removed is told to devices that come back', async () => {
  const { notifications, send, storage } = await openScene()
  const id = await send('ann')
  const { resumeCursor } = await notifications.list(ann, { first: 1 })
  await notifications.retract([id])
  await storage.write(async (tx) => {
    await sql`ALTER TABLE inbox DROP COLUMN removal`.execute(tx)
    await sql`DELETE FROM migrations WHERE name = '0027-removals'`.execute(tx)
    await migrate(tx, 'text')
  })
  const event = await read(await notifications.followEvents(ann, resumeCursor)).next()
  expect(event).toMatchObject({ ids: [id], reason: 'RETRACTED' })
})
