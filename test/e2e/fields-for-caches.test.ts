import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'

const NOTIFY = `mutation ($title: String!) { notify(input: { userIds: ["ann"], notification: {
  type: "a.b", title: $title, actor: { id: "bob", name: "Bob" } } }) { notificationId } }`

async function openAnn() {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const ann = await connectDevice(app, 'ann')
  const notify = async (title: string): Promise<string> =>
    (await backend.run(NOTIFY, { title }))['notify'].notificationId
  return { ann, backend, notify }
}

test('what all events of an inbox say is selected once, whichever comes', async () => {
  const { ann, backend, notify } = await openAnn()
  const { resumeCursor: after } = (await ann.run('{ notifications { resumeCursor } }'))['notifications']
  const events = ann.subscribe(
    `subscription ($after: Cursor) { notificationEvents(after: $after) {
      __typename unread { count } cursor
      ... on NotificationAdded { notification { title } }
      ... on NotificationsMarked { mark }
    } }`,
    { after },
  )
  // Each is awaited before the next is done: read together from the store, the three would be one.
  const cursor = expect.any(String)
  const id = await notify('Hi')
  expect((await events.next())['notificationEvents']).toEqual({
    __typename: 'NotificationAdded',
    unread: { count: 1 },
    cursor,
    notification: { title: 'Hi' },
  })
  await ann.run('mutation ($id: ID!) { markAsRead(ids: [$id]) { changed } }', { id })
  expect((await events.next())['notificationEvents']).toEqual({
    __typename: 'NotificationsMarked',
    unread: { count: 0 },
    cursor,
    mark: 'READ',
  })
  await backend.run('mutation ($id: ID!) { retractNotifications(ids: [$id]) }', { id })
  expect((await events.next())['notificationEvents']).toEqual({
    __typename: 'NotificationsRemoved',
    unread: { count: 0 },
    cursor,
  })
})

test('a notification is found by its id, and nothing of others', async () => {
  const { ann, notify } = await openAnn()
  const id = await notify('Hi')
  const QUERY = `query ($id: ID!, $ids: [ID!]!) { notification(id: $id) { title } notificationsByIds(ids: $ids) { title } }`
  expect(await ann.run(QUERY, { id, ids: ['x', id] })).toEqual({
    notification: { title: 'Hi' },
    notificationsByIds: [null, { title: 'Hi' }],
  })
  expect(await ann.run(QUERY, { id: 'x', ids: ['x'] })).toEqual({ notification: null, notificationsByIds: [null] })
})

test('deprecated names say the same as those in their place, in answers and in events', async () => {
  const { ann, notify } = await openAnn()
  const { resumeCursor: after } = (await ann.run('{ notifications { resumeCursor } }'))['notifications']
  const FIELDS = 'position arrivedRevision actor { id userId name }'
  const added = ann.subscribe(`subscription ($after: Cursor) { notificationAdded(after: $after) { ${FIELDS} } }`, {
    after,
  })
  const expected = { position: 1, arrivedRevision: 1, actor: { id: 'bob', userId: 'bob', name: 'Bob' } }
  await notify('Hi')
  expect((await added.next())['notificationAdded']).toEqual(expected)
  const { nodes } = (await ann.run(`{ notifications { nodes { ${FIELDS} } } }`))['notifications']
  expect(nodes).toEqual([expected])
  expect((await ann.run('{ me { id userId } }'))['me']).toEqual({ id: 'ann', userId: 'ann' })
})
