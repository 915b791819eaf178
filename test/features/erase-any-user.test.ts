import { expect, test } from 'vitest'
import { createEraseUser } from '../../src/graphql/erase-user.ts'
import { DEFAULT_LIMITS } from '../../src/lib/limits.ts'
import { requireContent } from '../../src/notifications/content.ts'
import { storeOrders } from '../../src/notifications/notify-batch.ts'
import { openScene } from '../support/notifications.ts'

const nothing = { erase: async () => {} }

test('a user whose id is refused today can be erased', async () => {
  const scene = await openScene()
  const { storage, notifications, clock } = scene
  const ended: string[] = []
  const eraseUser = createEraseUser({
    storage,
    notifications,
    clock,
    tickets: { erase: async () => 0 } as never,
    checkpoints: nothing as never,
    eraseHandOffs: async () => {},
    preferences: nothing as never,
    presence: { ...nothing, endSessions: async (userId: string) => ended.push(userId) } as never,
  })
  const old = ['a\tb', '\u200b', ' ', 'a\u2028b']
  for (const userId of old) {
    const content = requireContent({ type: 'a.b', title: 'Hi' }, DEFAULT_LIMITS, clock.now())
    await storage.write((tx) =>
      storeOrders(tx, [{ users: [userId], content, claim: undefined }], { now: clock.now(), began: 0 }),
    )
    expect(await eraseUser(userId)).toMatchObject({ notifications: 1 })
    expect(await eraseUser(userId)).toMatchObject({ notifications: 0 })
  }
  expect([...new Set(ended)]).toEqual(old)
  for (const userId of ['', 'x'.repeat(257), 'a\ud800', 'a\0b']) {
    await expect(eraseUser(userId)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' })
  }
})
