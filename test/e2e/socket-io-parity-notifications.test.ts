import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { received } from '../support/nodes.ts'
import { openTicket, tell, UNREAD } from '../support/parity.ts'

// What the Socket.IO service could do, by the names of its events and methods. docs/socket-io.md lists the same rows.

const ADDED = 'subscription { notificationAdded { id title readAt } }'
const EVENTS = /* GraphQL */ `
  subscription {
    notificationEvents {
      __typename
      ... on NotificationsMarked { mark ids upToRevision unread { count } }
    }
  }`

describe('what the Socket.IO service could do', () => {
  test('notification:new', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const added = alice.subscribe(
      `subscription ($after: Cursor) { notificationAdded(after: $after) { id title readAt } }`,
      {
        after: (await alice.run('{ notifications { resumeCursor } }'))['notifications'].resumeCursor,
      },
    )
    await tell(backend, 'Your invoice is paid', 'alice')
    expect((await added.next())['notificationAdded']).toMatchObject({ title: 'Your invoice is paid', readAt: null })
  })

  test('unread-count', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const unread = alice.subscribe(UNREAD)
    expect(await unread.next()).toEqual({ unreadCount: { count: 0, revision: 0 } })
    await tell(backend, 'One', 'alice')
    expect(await unread.next()).toEqual({ unreadCount: { count: 1, revision: 1 } })
  })

  test('get-unread-count', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    await tell(backend, 'One', 'alice')
    await tell(backend, 'Two', 'alice')
    expect(await alice.run('{ unreadCount { count } }')).toEqual({ unreadCount: { count: 2 } })
  })

  test('mark-as-read', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    const { notify } = await tell(backend, 'One', 'alice')
    const marked = await alice.run('mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed unread { count } } }', {
      ids: [notify.notificationId],
    })
    expect(marked).toEqual({ markAsRead: { changed: 1, unread: { count: 0 } } })
  })

  test('marked-as-read', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const { resumeCursor } = (await laptop.run('{ notifications { resumeCursor } }'))['notifications']
    const events = laptop.subscribe(
      EVENTS.replace('notificationEvents', `notificationEvents(after: "${resumeCursor}")`),
    )
    const { notify } = await tell(backend, 'One', 'alice')
    expect((await events.next())['notificationEvents'].__typename).toBe('NotificationAdded')
    await phone.run('mutation ($ids: [ID!]!) { markAsRead(ids: $ids) { changed } }', { ids: [notify.notificationId] })
    const event = (await events.next())['notificationEvents']
    expect(event).toMatchObject({ mark: 'READ', ids: [notify.notificationId], unread: { count: 0 } })
  })

  test('mark-all-as-read', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    for (const title of ['One', 'Two', 'Three']) await tell(backend, title, 'alice')
    const marked = await alice.run(
      'mutation { markAllAsRead(upToRevision: 2) { changed upToRevision unread { count } } }',
    )
    expect(marked).toEqual({ markAllAsRead: { changed: 2, upToRevision: 2, unread: { count: 1 } } })
  })

  test('marked-all-as-read', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    await tell(backend, 'One', 'alice')
    const unread = laptop.subscribe(UNREAD)
    expect((await unread.next())['unreadCount'].count).toBe(1)
    const events = laptop.subscribe(EVENTS)
    await received(events, () => tell(backend, 'Another', 'alice'))
    const { markAllAsRead } = await phone.run('mutation { markAllAsRead { upToRevision } }')
    let event = (await events.next())['notificationEvents']
    while (event.__typename === 'NotificationAdded') event = (await events.next())['notificationEvents']
    expect(event).toMatchObject({
      mark: 'READ',
      ids: [],
      upToRevision: markAllAsRead.upToRevision,
      unread: { count: 0 },
    })
  })

  test('rooms', async () => {
    const { alice, carol, backend } = await openTicket()
    const [one, other] = [alice.subscribe(UNREAD), carol.subscribe(UNREAD)]
    await Promise.all([one.next(), other.next()])
    await tell(backend, 'For alice', 'alice')
    await tell(backend, 'For both', 'alice', 'carol')
    expect((await other.next())['unreadCount'].count).toBe(1)
    let count = 0
    while (count < 2) count = (await one.next())['unreadCount'].count
    expect(count).toBe(2)
  })

  test('several devices', async () => {
    const app = await startTestApp()
    const devices = [
      await connectDevice(app, 'alice'),
      await connectDevice(app, 'alice'),
      await connectDevice(app, 'alice'),
    ]
    const backend = await connectDevice(app, 'shop', 'backend')
    const badges = devices.map((device) => device.subscribe(UNREAD))
    for (const badge of badges) await badge.next()
    await tell(backend, 'One', 'alice')
    for (const badge of badges) expect((await badge.next())['unreadCount'].count).toBe(1)
    await devices[0]!.run('mutation { markAllAsRead { changed } }')
    for (const badge of badges) expect((await badge.next())['unreadCount'].count).toBe(0)
  })
})

test('a subscription without a cursor starts now', async () => {
  const app = await startTestApp()
  const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
  await tell(backend, 'Before', 'alice')
  const added = alice.subscribe(ADDED)
  expect(await received(added, () => tell(backend, 'After', 'alice'))).toMatchObject({
    notificationAdded: { title: 'After' },
  })
})
