import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'

const NOTIFY = `mutation ($title: String!, $category: String) { notify(input: { userIds: ["ann"], notification: {
  type: "a.b", title: $title, category: $category } }) { notificationId } }`
const MINE = '{ preferences { default { category inApp handOff } categories { category inApp handOff } } }'
const LIST = `{ notifications(filter: { read: false, muted: false }) { nodes { title isMuted } unread { count } }
  muted: notifications(filter: { muted: true }) { nodes { title isMuted } } }`

test('what a user says on one device holds on all, and for what arrives next', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const [phone, laptop] = [await connectDevice(app, 'ann'), await connectDevice(app, 'ann')]
  const arriving = laptop.subscribe(
    'subscription { notificationEvents { unread { count unseen { count } } ... on NotificationAdded { notification { title isMuted } } } }',
  )
  await laptop.run(MINE)
  const set =
    'mutation { setPreference(category: "social", inApp: false) { preferences { categories { category inApp } } } }'
  expect((await phone.run(set))['setPreference']).toEqual({
    preferences: { categories: [{ category: 'social', inApp: false }] },
  })
  expect(await laptop.run(MINE)).toEqual({
    preferences: {
      default: { category: null, inApp: true, handOff: true },
      categories: [{ category: 'social', inApp: false, handOff: true }],
    },
  })
  for (const [title, category, isMuted, count] of [
    ['Liked', 'social', true, 0],
    ['Paid', 'billing', false, 1],
  ] as const) {
    await backend.run(NOTIFY, { title, category })
    expect((await arriving.next())['notificationEvents']).toEqual({
      unread: { count, unseen: { count } },
      notification: { title, isMuted },
    })
  }
  expect(await laptop.run(LIST)).toEqual({
    notifications: { nodes: [{ title: 'Paid', isMuted: false }], unread: { count: 1 } },
    muted: { nodes: [{ title: 'Liked', isMuted: true }] },
  })
  await backend.run('mutation { eraseUser(userId: "ann") { notifications } }')
  const back = await connectDevice(app, 'ann')
  expect((await back.run(MINE))['preferences']).toMatchObject({ categories: [] })
})
