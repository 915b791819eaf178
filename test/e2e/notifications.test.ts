import { expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'

const UNREAD = 'unread { count isCapped byCategory { category count isCapped } revision }'

const EVENTS = `subscription ($after: Cursor) { notificationEvents(after: $after) {
  __typename
  ... on NotificationAdded { notification { id title revision } ${UNREAD} cursor }
  ... on NotificationsMarked { mark ids upToRevision category at ${UNREAD} cursor }
  ... on NotificationsRemoved { ids ${UNREAD} cursor }
} }`

const LIST = `query ($filter: NotificationFilter) { notifications(filter: $filter) {
  nodes { id title data readAt seenAt archivedAt createdAt revision } edges { cursor node { id } }
  pageInfo { hasNextPage endCursor } ${UNREAD} resumeCursor
} }`

const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId recipients isDuplicate } }'

const notification = { type: 'billing.invoice.paid', title: 'Paid', data: { amount: 7 } }

test('an inbox from the backend to two devices and back', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const [phone, laptop] = [await connectDevice(app, 'ann'), await connectDevice(app, 'ann')]
  const { notify } = await backend.run(NOTIFY, { input: { userIds: ['ann', 'bob'], notification } })
  expect(notify).toMatchObject({ recipients: 2, isDuplicate: false })
  const id = notify.notificationId

  const { notifications } = await phone.run(LIST)
  expect(notifications).toMatchObject({
    nodes: [{ id, title: 'Paid', data: { amount: 7 }, readAt: null, archivedAt: null, revision: 1 }],
    unread: {
      count: 1,
      isCapped: false,
      byCategory: [{ category: 'billing', count: 1, isCapped: false }],
      revision: 1,
    },
  })
  const events = laptop.subscribe(EVENTS, { after: notifications.resumeCursor })
  const badge = laptop.subscribe('subscription { unreadCount { count revision } }')
  expect(await badge.next()).toEqual({ unreadCount: { count: 1, revision: 1 } })

  const { markAsRead } = await phone.run(
    `mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed notifications { id readAt } ${UNREAD} cursor } }`,
    { ids: [id] },
  )
  expect(markAsRead).toMatchObject({ changed: 1, notifications: [{ id, readAt: expect.stringMatching(/Z$/) }] })
  const { cursor, unread } = markAsRead
  const marked = { __typename: 'NotificationsMarked', mark: 'READ', ids: [id], upToRevision: null, unread, cursor }
  expect(await events.next()).toMatchObject({ notificationEvents: marked })
  expect(await badge.next()).toEqual({ unreadCount: { count: 0, revision: 2 } })

  await backend.run('mutation ($ids: [ID!]!) { retractNotifications(ids: $ids) }', { ids: [id] })
  const removed = { __typename: 'NotificationsRemoved', ids: [id], unread: { count: 0, revision: 3 } }
  expect(await events.next()).toMatchObject({ notificationEvents: removed })

  const added = laptop.subscribe('subscription ($after: Cursor) { notificationAdded(after: $after) { id title } }', {
    after: cursor,
  })
  const { announce } = await backend.run(
    'mutation { announce(input: { notification: { type: "news", title: "News" } }) { notificationId isDuplicate } }',
  )
  const news = { id: announce.notificationId, title: 'News' }
  expect(await added.next()).toEqual({ notificationAdded: news })
  const event = { __typename: 'NotificationAdded', notification: { ...news, revision: 4 }, unread: { count: 1 } }
  expect(await events.next()).toMatchObject({ notificationEvents: event })
})

test('every mark has its mutation', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const ann = await connectDevice(app, 'ann')
  const { notify } = await backend.run(NOTIFY, { input: { userIds: ['ann'], notification } })
  const ids = [notify.notificationId]
  const marks = ['markAsSeen', 'markAsRead', 'markAsUnread', 'archiveNotifications', 'unarchiveNotifications']
  const seen = []
  for (const mark of marks) {
    const fields = '{ changed upToRevision notifications { seenAt readAt archivedAt } unread { count } }'
    const { [mark]: payload } = await ann.run(`mutation ($ids: [ID!]!) { ${mark}(ids: $ids) ${fields} }`, { ids })
    expect(payload).toMatchObject({ changed: 1, upToRevision: null })
    const [{ seenAt, readAt, archivedAt }] = payload.notifications
    seen.push(
      [seenAt, readAt, archivedAt].map((at) => at !== null),
      payload.unread.count,
    )
  }
  expect(seen).toEqual([
    ...[[true, false, false], 1],
    ...[[true, true, false], 0],
    ...[[true, false, false], 1],
    ...[[true, false, true], 0],
    ...[[true, false, false], 1],
  ])
  const all =
    'mutation { markAllAsRead(category: "billing") { changed upToRevision notifications { id } unread { count } } }'
  const { markAllAsRead } = await ann.run(all)
  expect(markAllAsRead).toEqual({ changed: 1, upToRevision: 6, notifications: [{ id: ids[0] }], unread: { count: 0 } })
  expect((await ann.run('{ unreadCount { count revision } }'))['unreadCount']).toEqual({ count: 0, revision: 7 })
})

test('only backends may send, and everybody sees nothing but their own', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const { notify } = await backend.run(NOTIFY, { input: { userIds: ['bob'], notification } })
  for (const role of ['customer', 'agent', 'admin'] as const) {
    const device = await connectDevice(app, 'ann', role)
    for (const mutation of [
      'notify(input: { userIds: ["ann"], notification: { type: "a", title: "A" } }) { recipients }',
      'announce(input: { notification: { type: "a", title: "A" } }) { notificationId }',
      `retractNotifications(ids: ["${notify.notificationId}"])`,
    ]) {
      await expect(device.run(`mutation { ${mutation} }`)).rejects.toMatchObject({ code: 'FORBIDDEN' })
    }
    const stealing = device.run(`mutation { markAsRead(ids: ["${notify.notificationId}"]) { changed } }`)
    await expect(stealing).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect((await device.run('{ notifications { nodes { id } } }'))['notifications'].nodes).toEqual([])
  }
})

test('a new inbox begins with the present, and with what was announced for new users', async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const announce = (title: string, more = '') =>
    backend.run(
      `mutation { announce(input: { notification: { type: "news", title: "${title}" } ${more} }) { isDuplicate } }`,
    )
  const titles = async () => {
    // As clients are: a node that receives of the erasure late ends the new socket, too.
    const device = await connectDevice(app, 'zoe', 'customer', { retryAttempts: 5, shouldRetry: () => true })
    const { notifications, unreadCount } = await device.run(
      '{ notifications { nodes { title } } unreadCount { count } }',
    )
    expect(unreadCount.count).toBe(notifications.nodes.length)
    return notifications.nodes.map(({ title }: { title: string }) => title)
  }
  await announce('Of long ago')
  await announce('Welcome', 'includeNewUsers: true')
  expect(await titles()).toEqual(['Welcome'])
  await announce('News')
  expect(await titles()).toEqual(['News', 'Welcome'])
  await backend.run('mutation { eraseUser(userId: "zoe") { notifications } }')
  expect(await titles()).toEqual(['Welcome'])
})
