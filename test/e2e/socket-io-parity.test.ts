import { createClient } from 'graphql-ws'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { createLog } from '../../src/lib/log.ts'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, connectWith, type Device, type Stream } from '../support/device.ts'
import { openEventStream } from '../support/event-stream.ts'

// Whatever the Socket.IO service could do, by the names of its events and methods. The README lists the same rows.

const NOTIFY = /* GraphQL */ `
  mutation ($input: NotifyInput!) {
    notify(input: $input) { notificationId recipients isDuplicate }
  }`
const ADDED = 'subscription { notificationAdded { id title readAt } }'
const UNREAD = 'subscription { unreadCount { count revision } }'
const EVENTS = /* GraphQL */ `
  subscription {
    notificationEvents {
      __typename
      ... on NotificationsMarked { mark ids upToRevision unread { count } }
    }
  }`
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id number } } }'
const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { body number visibility author { id } } }'
const PRESENCE = 'subscription { ticketPresence(ticketId: "42") { change user { id } viewers { id } } }'
const TYPING = 'subscription { userTyping(ticketId: "42") { user { id name } isTyping expiresAt visibility } }'
const ACTIVITY = 'subscription { supportMessage { ticketId number authorRole unreadCount } }'
const CUSTOM = 'subscription ($ticketId: ID) { customEvent(ticketId: $ticketId) { name data ticketId } }'

const notification = (title: string) => ({ type: 'test.event', title })
const tell = (backend: Device, title: string, ...userIds: string[]) =>
  backend.run(NOTIFY, { input: { userIds, notification: notification(title) } })

/** A ticket 42 of alice and carol, an agent bob, a backend. */
const openTicket = async () => {
  const app = await startTestApp()
  const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
  const [bob, backend] = [await connectDevice(app, 'bob', 'agent'), await connectDevice(app, 'shop', 'backend')]
  await backend.run(
    'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
  )
  return { app, alice, carol, bob, backend }
}

/** Signals are not stored: sends one until it is heard, so that the listener is known to listen. */
const heard = async (send: () => Promise<unknown>, stream: { next(): Promise<unknown> }): Promise<unknown> => {
  const next = stream.next()
  let isHeard = false
  next.then(
    () => {
      isHeard = true
    },
    () => {},
  )
  while (!isHeard) {
    await send()
    // Slower than a connection may send.
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
  return next
}

const ready = async (
  backend: Device,
  name: string,
  stream: { next(): Promise<unknown>; waiting: readonly unknown[] },
  send: string,
): Promise<void> => {
  await heard(() => backend.run(send.replace('NAME', name)), stream)
  await backend.run(send.replace('NAME', `${name}-last`))
  while (JSON.stringify(await stream.next()).includes(`"${name}"`));
}

/** The names of the events up to the one called last, without those that only made sure that the stream listens. */
const namesUpToLast = async (stream: Stream): Promise<string[]> => {
  const names: string[] = []
  while (names.at(-1) !== 'last') names.push((await stream.next())['customEvent'].name)
  return names.filter((name) => !name.startsWith('ready'))
}

describe('what the Socket.IO service could do', () => {
  test('JWT in the handshake', async () => {
    const app = await startTestApp()
    const token = await signTestToken('alice')
    const places = [
      { Authorization: `Bearer ${token}` },
      { authorization: token },
      { authToken: token },
      { token },
      { accessToken: token },
      { headers: { authorization: `Bearer ${token}` } },
    ]
    for (const connectionParams of places) {
      const client = createClient({ url: app.wsUrl, webSocketImpl: WebSocket, connectionParams })
      onTestFinished(async () => client.dispose())
      const [result] = await Array.fromAsync(client.iterate({ query: '{ me { id role } }' }))
      expect(result?.data).toEqual({ me: { id: 'alice', role: 'CUSTOMER' } })
    }
    const forged = connectWith(app, `${token.slice(0, -4)}AAAA`)
    await expect(forged.run('{ me { id } }')).rejects.toThrow('4401')
  })

  test('connected', async () => {
    const app = await startTestApp()
    const acknowledged = Promise.withResolvers<Record<string, unknown> | undefined>()
    const client = createClient({
      url: app.wsUrl,
      webSocketImpl: WebSocket,
      lazy: false,
      connectionParams: { authorization: `Bearer ${await signTestToken('alice')}` },
      on: { connected: (_socket, payload) => acknowledged.resolve(payload) },
    })
    onTestFinished(async () => client.dispose())
    expect(await acknowledged.promise).toMatchObject({
      userId: 'alice',
      role: 'CUSTOMER',
      name: 'alice',
      connectionId: expect.any(String),
      expiresAt: expect.any(String),
    })
  })

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
    await heard(() => tell(backend, 'Another', 'alice'), events)
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

  test('join-ticket, joined-ticket', async () => {
    const { alice, carol } = await openTicket()
    const presence = alice.subscribe(PRESENCE)
    expect((await presence.next())['ticketPresence']).toEqual({ change: 'PRESENT', user: null, viewers: [] })
    carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence']).toEqual({
      change: 'JOINED',
      user: { id: 'carol' },
      viewers: [{ id: 'carol' }],
    })
  })

  test('leave-ticket, left-ticket', async () => {
    const { alice, carol } = await openTicket()
    const presence = alice.subscribe(PRESENCE)
    await presence.next()
    const messages = carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence'].change).toBe('JOINED')
    messages.stop()
    expect((await presence.next())['ticketPresence']).toEqual({ change: 'LEFT', user: { id: 'carol' }, viewers: [] })
    carol.subscribe(MESSAGES)
    expect((await presence.next())['ticketPresence'].change).toBe('JOINED')
    await carol.close()
    expect((await presence.next())['ticketPresence'].change).toBe('LEFT')
  })

  test('message:new', async () => {
    const { alice, bob } = await openTicket()
    const { resumeCursor } = (await bob.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages
    const messages = bob.subscribe(MESSAGES.replace('"42"', `"42", after: "${resumeCursor}"`))
    await alice.run(SEND, { input: { ticketId: '42', body: 'My lamp is broken' } })
    expect((await messages.next())['ticketMessage']).toEqual({
      body: 'My lamp is broken',
      number: 1,
      visibility: 'PUBLIC',
      author: { id: 'alice' },
    })
  })

  test('support:new-message', async () => {
    const { alice, bob } = await openTicket()
    await bob.run(SEND, { input: { ticketId: '42', body: 'How can I help?' } })
    const activity = alice.subscribe(ACTIVITY)
    expect((await activity.next())['supportMessage']).toEqual({
      ticketId: '42',
      number: 1,
      authorRole: 'AGENT',
      unreadCount: 1,
    })
    await bob.run(SEND, { input: { ticketId: '42', body: 'Hello?' } })
    expect((await activity.next())['supportMessage']).toMatchObject({ number: 2, unreadCount: 2 })
  })

  test('typing', async () => {
    const { alice } = await openTicket()
    const typed = await alice.run('mutation { setTyping(ticketId: "42", isTyping: true) { accepted resendAfterMs } }')
    expect(typed).toEqual({ setTyping: { accepted: true, resendAfterMs: 3_000 } })
  })

  test('user-typing', async () => {
    const { alice, bob } = await openTicket()
    const typing = bob.subscribe(TYPING)
    const set = (isTyping: boolean) => () =>
      alice.run(`mutation { setTyping(ticketId: "42", isTyping: ${isTyping}) { accepted } }`)
    const stops = async () => {
      await set(true)()
      await set(false)()
    }
    expect(await heard(stops, typing)).toMatchObject({
      userTyping: { user: { id: 'alice' }, isTyping: true, visibility: 'PUBLIC' },
    })
    expect((await typing.next())['userTyping'].isTyping).toBe(false)
  })

  test('sendToUser', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const send = () => backend.run('mutation { sendToUser(userId: "alice", event: "cart", data: { items: 2 }) { id } }')
    const both = [phone.subscribe(CUSTOM), laptop.subscribe(CUSTOM)]
    for (const stream of both)
      expect(await heard(send, stream)).toEqual({ customEvent: { name: 'cart', data: { items: 2 }, ticketId: null } })
  })

  test('sendToMultipleUsers', async () => {
    const app = await startTestApp()
    const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const send = () =>
      backend.run('mutation { sendToMultipleUsers(userIds: ["alice", "carol"], event: "sale") { id } }')
    for (const device of [alice, carol])
      expect(await heard(send, device.subscribe(CUSTOM))).toMatchObject({ customEvent: { name: 'sale' } })
  })

  test('sendToTicket', async () => {
    const { alice, carol, backend } = await openTicket()
    const streams = [alice.subscribe(CUSTOM, { ticketId: '42' }), carol.subscribe(CUSTOM, { ticketId: '42' })] as const
    for (const stream of streams)
      await ready(backend, 'ready', stream, 'mutation { sendToTicket(ticketId: "42", event: "NAME") { id } }')
    await backend.run('mutation { sendToTicket(ticketId: "42", event: "secret", excludeUserId: "alice") { id } }')
    await backend.run('mutation { sendToTicket(ticketId: "42", event: "last") { id } }')
    expect(await namesUpToLast(streams[0])).toEqual(['last'])
    expect(await namesUpToLast(streams[1])).toEqual(['secret', 'last'])
  })

  test('broadcast', async () => {
    const app = await startTestApp()
    const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const streams = [alice.subscribe(CUSTOM), carol.subscribe(CUSTOM)] as const
    for (const stream of streams) await ready(backend, 'ready', stream, 'mutation { broadcast(event: "NAME") { id } }')
    await backend.run('mutation { broadcast(event: "secret", excludeUserId: "alice") { id } }')
    await backend.run('mutation { broadcast(event: "last") { id } }')
    expect(await namesUpToLast(streams[0])).toEqual(['last'])
    expect(await namesUpToLast(streams[1])).toEqual(['secret', 'last'])
  })

  test('isUserOnline', async () => {
    const app = await startTestApp({ env: { PRESENCE_GRACE_MS: '0' } })
    const [alice, bob] = [await connectDevice(app, 'alice'), await connectDevice(app, 'bob', 'agent')]
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: false })
    const presence = bob.subscribe('subscription { presenceChanged(userIds: ["alice"]) { isOnline } }')
    expect(await presence.next()).toEqual({ presenceChanged: { isOnline: false } })
    await alice.run('{ me { id } }')
    expect(await presence.next()).toEqual({ presenceChanged: { isOnline: true } })
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: true })
    await alice.close()
    let state = await presence.next()
    while (state['presenceChanged'].isOnline) state = await presence.next()
    expect(await bob.run('{ isUserOnline(userId: "alice") }')).toEqual({ isUserOnline: false })
  })

  test('getConnectionCount', async () => {
    const app = await startTestApp()
    const [phone, laptop] = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    await laptop.run('{ me { id } }')
    expect(await phone.run('{ connectionCount(userId: "alice") }')).toEqual({ connectionCount: 2 })
    const carol = await connectDevice(app, 'carol')
    await expect(carol.run('{ connectionCount(userId: "alice") }')).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('getTotalConnections', async () => {
    const app = await startTestApp()
    for (const user of ['alice', 'alice', 'carol']) await (await connectDevice(app, user)).run('{ me { id } }')
    const bob = await connectDevice(app, 'bob', 'agent')
    const { totalConnections, connectionStats } = await bob.run(
      '{ totalConnections connectionStats { users nodes { connections } } }',
    )
    const ofNodes = connectionStats.nodes.map(({ connections }: { connections: number }) => connections)
    expect(ofNodes).toEqual(Array.from({ length: app.nodes }, () => 4 / app.nodes))
    expect([totalConnections, connectionStats.users]).toEqual([4, 3])
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

  test('permissions', async () => {
    const { app, alice } = await openTicket()
    const eve = await connectDevice(app, 'eve')
    await expect(eve.run(SEND, { input: { ticketId: '42', body: 'Let me in' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    })
    await expect(eve.subscribe(MESSAGES).next()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(await eve.run('{ ticket(id: "42") { id } }')).toEqual({ ticket: null })
    await expect(tell(alice, 'Not for customers', 'alice')).rejects.toMatchObject({ code: 'FORBIDDEN' })
    await expect(connectWith(app, undefined).run('{ me { id } }')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('internal messages', async () => {
    const { alice, bob } = await openTicket()
    const cursor = async (device: Device) =>
      (await device.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
    const own = alice.subscribe(MESSAGES.replace('"42"', `"42", after: "${await cursor(alice)}"`))
    const staff = bob.subscribe(MESSAGES.replace('"42"', `"42", after: "${await cursor(bob)}"`))
    await bob.run(SEND, { input: { ticketId: '42', body: 'She is right', visibility: 'INTERNAL' } })
    await bob.run(SEND, { input: { ticketId: '42', body: 'You are right' } })
    expect((await staff.take(2)).map(({ ticketMessage }) => [ticketMessage.number, ticketMessage.visibility])).toEqual([
      [1, 'INTERNAL'],
      [2, 'PUBLIC'],
    ])
    expect((await own.next())['ticketMessage']).toMatchObject({ body: 'You are right', number: 1 })
    await expect(
      alice.run(SEND, { input: { ticketId: '42', body: 'Psst', visibility: 'INTERNAL' } }),
    ).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('FRONTEND_URL', async () => {
    const app = await startTestApp({ env: { FRONTEND_URL: 'https://app.example.com' } })
    const preflight = (origin: string) =>
      fetch(app.url, {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
      })
    expect((await preflight('https://app.example.com')).headers.get('access-control-allow-origin')).toBe(
      'https://app.example.com',
    )
    expect((await preflight('https://evil.example.com')).headers.get('access-control-allow-origin')).not.toBe(
      'https://evil.example.com',
    )
    const upgrade = (origin: string) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(app.wsUrl, 'graphql-transport-ws', { origin })
        socket
          .once('open', () => resolve('open'))
          .once('error', ({ message }) => resolve(message))
          .once('open', () => socket.close())
      })
    expect(await upgrade('https://app.example.com')).toBe('open')
    expect(await upgrade('https://evil.example.com')).toContain('403')
  })

  test('logging', async () => {
    const lines: string[] = []
    const log = createLog({
      level: 'debug',
      pretty: false,
      destination: { write: (line: string) => void lines.push(line) },
    })
    const app = await startTestApp({ log })
    const token = await signTestToken('alice')
    const alice = connectWith(app, token)
    await alice.run('{ me { id } }')
    await alice.client.dispose()
    await app.close()
    const messages = lines.map((line) => JSON.parse(line))
    const closed = messages.find(({ msg }) => msg === 'connection closed')
    expect(messages.some(({ msg }) => msg === 'connection opened')).toBe(true)
    expect(closed).toMatchObject({ level: 'info', users: ['alice'], durationMs: expect.any(Number) })
    expect(messages.some(({ level }) => level === 'debug')).toBe(true)
    expect(lines.join('')).not.toContain(token)
  })

  test('fallback without WebSocket', async () => {
    const app: TestApp = await startTestApp()
    const backend = await connectDevice(app, 'shop', 'backend')
    const stream = await openEventStream(app, await app.token('alice'), UNREAD)
    expect(await stream.next()).toMatchObject({ data: { unreadCount: { count: 0 } } })
    await tell(backend, 'One', 'alice')
    expect(await stream.next()).toMatchObject({ data: { unreadCount: { count: 1 } } })
  })
})

test('a subscription without a cursor starts now', async () => {
  const app = await startTestApp()
  const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
  await tell(backend, 'Before', 'alice')
  const added = alice.subscribe(ADDED)
  expect(await heard(() => tell(backend, 'After', 'alice'), added)).toMatchObject({
    notificationAdded: { title: 'After' },
  })
})
