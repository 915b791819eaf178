import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'

const NOTIFY = `mutation ($title: String!) { notify(input: { userIds: ["ann"], notification: {
  type: "a.b", title: $title } }) { notificationId } }`
const EVENTS = `subscription ($after: Cursor) { notificationEvents(after: $after) { __typename
  ... on NotificationsMarked { mark ids notifications { id title readAt archivedAt } } } }`

async function openAnn() {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const ann = await connectDevice(app, 'ann')
  const notify = async (title: string): Promise<string> =>
    (await backend.run(NOTIFY, { title }))['notify'].notificationId
  const cursor = async (): Promise<string> =>
    (await ann.run('{ notifications { resumeCursor } }'))['notifications'].resumeCursor
  return { ann, notify, cursor }
}

test('a mark brings the notifications that a cache may not have, live and to a device that was away', async () => {
  const { ann, notify, cursor } = await openAnn()
  const id = await notify('One')
  await ann.run('mutation ($ids: [ID!]!) { archiveNotifications(ids: $ids) { changed } }', { ids: [id] })
  const after = await cursor()
  const live = ann.subscribe(EVENTS, { after })
  await ann.run('mutation ($ids: [ID!]!) { unarchiveNotifications(ids: $ids) { changed } }', { ids: [id] })
  const back = {
    notificationEvents: {
      __typename: 'NotificationsMarked',
      mark: 'UNARCHIVED',
      ids: [id],
      notifications: [{ id, title: 'One', readAt: null, archivedAt: null }],
    },
  }
  expect(await live.next()).toEqual(back)
  expect(await ann.subscribe(EVENTS, { after }).next()).toEqual(back)
})

test('a mark of all brings what it changed, newest first, and answers with the same', async () => {
  const { ann, notify, cursor } = await openAnn()
  const ids = [await notify('One'), await notify('Two')]
  const live = ann.subscribe(EVENTS, { after: await cursor() })
  const all = 'mutation { archiveAllNotifications { changed upToRevision notifications { id archivedAt } } }'
  const { archiveAllNotifications } = await ann.run(all)
  const rows = ids.toReversed().map((id) => ({ id, archivedAt: expect.any(String) }))
  expect(archiveAllNotifications).toEqual({ changed: 2, upToRevision: 2, notifications: rows })
  expect((await live.next())['notificationEvents']).toMatchObject({ mark: 'ARCHIVED', ids: [], notifications: rows })
  expect((await ann.run('mutation { markAllAsSeen { changed } }'))['markAllAsSeen']).toEqual({ changed: 2 })
})

test('what is unseen is said wherever counts are, to who selects it', async () => {
  const { ann, notify, cursor } = await openAnn()
  const UNREAD = '{ count revision unseen { count isCapped } }'
  const unread = (count: number, unseen: number, revision: number) => ({
    count,
    revision,
    unseen: { count: unseen, isCapped: false },
  })
  const badge = ann.subscribe(`subscription { unreadCount ${UNREAD} }`)
  expect(await badge.next()).toEqual({ unreadCount: unread(0, 0, 0) })
  const events = ann.subscribe(
    `subscription ($after: Cursor) { notificationEvents(after: $after) { unread ${UNREAD} } }`,
    { after: await cursor() },
  )
  await notify('One')
  expect(await badge.next()).toEqual({ unreadCount: unread(1, 1, 1) })
  expect(await events.next()).toEqual({ notificationEvents: { unread: unread(1, 1, 1) } })
  expect(await ann.run(`mutation { markAllAsSeen { unread ${UNREAD} } }`)).toEqual({
    markAllAsSeen: { unread: unread(1, 0, 2) },
  })
  expect(await badge.next()).toEqual({ unreadCount: unread(1, 0, 2) })
  expect(await events.next()).toEqual({ notificationEvents: { unread: unread(1, 0, 2) } })
  expect(await ann.run(`{ unreadCount ${UNREAD} notifications { unread ${UNREAD} } }`)).toEqual({
    unreadCount: unread(1, 0, 2),
    notifications: { unread: unread(1, 0, 2) },
  })
})

test('what is snoozed goes from every device, and can be found and brought back', async () => {
  const { ann, notify, cursor } = await openAnn()
  const id = await notify('One')
  const EVENTS_OF = `subscription ($after: Cursor) { notificationEvents(after: $after) { __typename unread { count }
    ... on NotificationsRemoved { ids reason } ... on NotificationAdded { notification { id snoozedUntil readAt } } } }`
  const live = ann.subscribe(EVENTS_OF, { after: await cursor() })
  const until = new Date(Date.now() + 60_000).toISOString()
  const SNOOZE = `mutation ($ids: [ID!]!, $until: DateTime!) { snoozeNotifications(ids: $ids, until: $until) {
    changed notifications { id snoozedUntil } unread { count } } }`
  expect(await ann.run(SNOOZE, { ids: [id], until })).toEqual({
    snoozeNotifications: { changed: 1, notifications: [{ id, snoozedUntil: until }], unread: { count: 0 } },
  })
  expect((await live.next())['notificationEvents']).toEqual({
    ...{ __typename: 'NotificationsRemoved', ids: [id], reason: 'SNOOZED', unread: { count: 0 } },
  })
  const FIND = `query ($id: ID!) { notification(id: $id) { snoozedUntil }
    notifications(filter: { snoozed: true }) { nodes { id } } unreadCount { count } }`
  expect(await ann.run(FIND, { id })).toEqual({
    ...{ notification: { snoozedUntil: until }, notifications: { nodes: [{ id }] }, unreadCount: { count: 0 } },
  })
  await ann.run('mutation ($ids: [ID!]!) { unsnoozeNotifications(ids: $ids) { changed } }', { ids: [id] })
  expect((await live.next())['notificationEvents']).toEqual({
    __typename: 'NotificationAdded',
    unread: { count: 1 },
    notification: { id, snoozedUntil: null, readAt: null },
  })
})
