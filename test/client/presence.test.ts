import { expect, onTestFinished, test } from 'vitest'
import { createPresence } from '../../packages/client/src/presence.ts'
import { createUnreadCount } from '../../packages/client/src/unread-count.ts'
import { signTestToken } from '../support/app.ts'
import { aliceToken, openKit, openScene } from '../support/kit.ts'

test('who is online is known for each of the users, and again after a cut', async () => {
  const { url, network } = await openScene()
  const alice = openKit({ url, token: aliceToken })
  const bob = openKit({ url, token: () => signTestToken('bob') })
  const presence = createPresence(alice, ['bob', 'cara', 'bob'])
  expect(createPresence(alice, ['cara', 'bob'])).toBe(presence)
  onTestFinished(presence.subscribe(() => {}))
  const online = () => Object.values(presence.getSnapshot().byUser).map(({ userId, isOnline }) => [userId, isOnline])
  await expect
    .poll(() => online().sort())
    .toEqual([
      ['bob', false],
      ['cara', false],
    ])
  network.reset()
  onTestFinished(createUnreadCount(bob).subscribe(() => {}))
  await expect
    .poll(() => online().sort())
    .toEqual([
      ['bob', true],
      ['cara', false],
    ])
  expect(presence.getSnapshot()).toMatchObject({ status: 'ready', error: null })
})

test('a badge shows what is unread, on two devices, and nothing after signing out', async () => {
  const { url, notify } = await openScene()
  const clients = [openKit({ url, token: aliceToken }), openKit({ url, token: aliceToken })]
  const badges = clients.map((client) => createUnreadCount(client, { unseen: client === clients[1] }))
  for (const badge of badges) badge.subscribe(() => {})
  await expect.poll(() => badges.map((badge) => badge.getSnapshot().unread?.count)).toEqual([0, 0])
  await notify('One')
  await expect
    .poll(() => badges.map((badge) => badge.getSnapshot().unread))
    .toMatchObject([{ count: 1 }, { count: 1, unseen: { count: 1, isCapped: false } }])
  expect(badges[0]?.getSnapshot().unread).not.toHaveProperty('unseen')
  clients[0]?.dispose()
  expect(badges[0]?.getSnapshot()).toEqual({ status: 'loading', error: null, unread: null })
})
