import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Data, type Device, type Stream } from '../support/device.ts'
import { startProcess } from '../support/process.ts'
import { newPrefix, startRedis, useRedis } from '../support/redis.ts'
import { tempFolder } from '../support/temp.ts'

const redis = useRedis()

const environment = () => ({
  DATA_DIR: tempFolder(),
  REDIS_URL: redis.url(),
  REDIS_PREFIX: newPrefix(),
  TYPING_THROTTLE_MS: '0',
})

/** Two nodes over one database and one Redis. */
const startNodes = async (): Promise<readonly [TestApp, TestApp]> => {
  const env = environment()
  return [await startTestApp({ env }), await startTestApp({ env })]
}

const NOTIFY =
  'mutation ($to: ID!) { notify(input: { userIds: [$to], notification: { type: "a.b", title: "Hi" } }) { notificationId } }'
const SAY = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Hi" }) { message { number } } }'
const UPSERT = 'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }'
const TYPING = 'mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }'
const EVENT = 'mutation { broadcast(event: "hello") { id } }'

/** Acts until a result is as wanted: who has just subscribed may not hear the first time. */
const heard = async (stream: Stream, act: () => Promise<unknown>, isWanted: (data: Data) => boolean): Promise<Data> => {
  const search = async (): Promise<Data> => {
    for (;;) {
      const data = await stream.next()
      if (isWanted(data)) return data
    }
  }
  let found: Data | undefined
  const searching = search().then((data) => {
    found = data
    return data
  })
  searching.catch(() => {})
  while (!found) {
    await act()
    await Promise.race([searching, new Promise((resolve) => setTimeout(resolve, 20))])
  }
  return searching
}

const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

interface People {
  readonly alice: Device
  readonly bob: Device
  readonly carol: Device
  readonly backend: Device
  /** A newcomer on the other node. */
  readonly come: () => Promise<unknown>
}

/** Each subscription, what makes it say something on the other node, and what it then says. */
const CASES: readonly (readonly [
  subscription: string,
  follow: (people: People) => Stream,
  act: (people: People) => Promise<unknown>,
  isWanted: (data: Data) => boolean,
])[] = [
  [
    'notificationAdded',
    ({ alice }) => alice.subscribe('subscription { notificationAdded { title } }'),
    ({ backend }) => backend.run(NOTIFY, { to: 'alice' }),
    ({ notificationAdded }) => notificationAdded.title === 'Hi',
  ],
  [
    'notificationEvents',
    ({ alice }) => alice.subscribe('subscription { notificationEvents { __typename } }'),
    ({ backend }) => backend.run(NOTIFY, { to: 'alice' }),
    ({ notificationEvents }) => notificationEvents.__typename === 'NotificationAdded',
  ],
  [
    'notificationAdded of an announcement',
    ({ alice }) => alice.subscribe('subscription { notificationAdded { title } }'),
    ({ backend }) =>
      backend.run('mutation { announce(input: { notification: { type: "a.b", title: "All" } }) { notificationId } }'),
    ({ notificationAdded }) => notificationAdded.title === 'All',
  ],
  [
    'unreadCount',
    ({ alice }) => alice.subscribe('subscription { unreadCount { count } }'),
    ({ backend }) => backend.run(NOTIFY, { to: 'alice' }),
    ({ unreadCount }) => unreadCount.count > 0,
  ],
  [
    'ticketMessage',
    ({ alice }) => alice.subscribe('subscription { ticketMessage(ticketId: "42") { body } }'),
    ({ carol }) => carol.run(SAY),
    ({ ticketMessage }) => ticketMessage.body === 'Hi',
  ],
  [
    'ticketChanged',
    ({ alice }) => alice.subscribe('subscription { ticketChanged(ticketId: "42") { subject } }'),
    ({ backend }) => backend.run('mutation { upsertTicket(input: { id: "42", subject: "Lamp" }) { id } }'),
    ({ ticketChanged }) => ticketChanged.subject === 'Lamp',
  ],
  [
    'supportMessage',
    ({ bob }) => bob.subscribe('subscription { supportMessage { ticketId unreadCount } }'),
    ({ carol }) => carol.run(SAY),
    ({ supportMessage }) => supportMessage.ticketId === '42',
  ],
  [
    'ticketPresence',
    ({ alice }) => alice.subscribe('subscription { ticketPresence(ticketId: "42") { change user { id } } }'),
    async ({ carol }) => {
      const stream = carol.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
      await new Promise((resolve) => setTimeout(resolve, 50))
      stream.stop()
    },
    ({ ticketPresence }) => ticketPresence.change === 'JOINED' && ticketPresence.user.id === 'carol',
  ],
  [
    'userTyping',
    ({ alice }) => alice.subscribe('subscription { userTyping(ticketId: "42") { user { id } isTyping } }'),
    ({ carol }) => carol.run(TYPING),
    ({ userTyping }) => userTyping.user.id === 'carol' && userTyping.isTyping,
  ],
  [
    'customEvent',
    ({ alice }) => alice.subscribe('subscription { customEvent { name } }'),
    ({ backend }) => backend.run(EVENT),
    ({ customEvent }) => customEvent.name === 'hello',
  ],
  [
    'presenceChanged',
    ({ alice }) => alice.subscribe('subscription { presenceChanged(userIds: ["dave"]) { userId isOnline } }'),
    ({ come }) => come(),
    ({ presenceChanged }) => presenceChanged.isOnline,
  ],
]

describe('on two nodes', () => {
  test.each(CASES)('%s hears what happens on the other', async (_, follow, act, isWanted) => {
    const [one, other] = await startNodes()
    const people: People = {
      alice: await connectDevice(one, 'alice'),
      bob: await connectDevice(one, 'bob', 'agent'),
      carol: await connectDevice(other, 'carol'),
      backend: await connectDevice(other, 'shop', 'backend'),
      come: async () => (await connectDevice(other, 'dave')).run('{ me { id } }'),
    }
    await people.backend.run(UPSERT)
    const stream = follow(people)
    await heard(stream, () => act(people), isWanted)
  })

  test('a user who is disconnected on one is disconnected on the other', async () => {
    const [one, other] = await startNodes()
    const [alice, backend] = [await connectDevice(one, 'alice'), await connectDevice(other, 'shop', 'backend')]
    const stream = alice.subscribe('subscription { unreadCount { count } }')
    await stream.next()
    const { disconnectUser } = await backend.run('mutation { disconnectUser(userId: "alice") }')
    expect(disconnectUser).toBe(1)
    await expect(stream.ended).rejects.toThrow('4403')
  })

  test('who is taken out of a ticket on one loses it on the other', async () => {
    const [one, other] = await startNodes()
    const [alice, backend] = [await connectDevice(one, 'alice'), await connectDevice(other, 'shop', 'backend')]
    await backend.run(UPSERT)
    const stream = alice.subscribe('subscription { ticketChanged(ticketId: "42") { id } }')
    await stream.next()
    await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "carol" }] }) { id } }')
    const toTheEnd = async (): Promise<never> => {
      for (;;) await stream.next()
    }
    await expect(toTheEnd()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('connections are counted over both', async () => {
    const [one, other] = await startNodes()
    const devices = [await connectDevice(one, 'alice'), await connectDevice(other, 'alice')]
    const backend = await connectDevice(one, 'shop', 'backend')
    for (const device of devices) await device.run('{ me { id } }')
    const counts = async (): Promise<Data> =>
      backend.run(
        '{ totalConnections connectionCount(userId: "alice") connectionStats { users nodes { id connections } } }',
      )
    await until(async () => (await counts())['totalConnections'] === 3)
    expect(await counts()).toMatchObject({ connectionCount: 2, connectionStats: { users: 2 } })
    expect((await counts())['connectionStats'].nodes).toHaveLength(2)
  })

  test('the users of a node that is killed are offline soon, and leave their tickets', async () => {
    const env = { ...environment(), REDIS_LEASE_MS: '1500', PRESENCE_GRACE_MS: '500' }
    const lives = await startTestApp({ env })
    const dies = await startProcess(env)
    const backend = await connectDevice(lives, 'shop', 'backend')
    await backend.run(UPSERT)
    const carol = await connectDevice(lives, 'carol')
    const inTicket = carol.subscribe(
      'subscription { ticketPresence(ticketId: "42") { change user { id } viewers { id } } }',
    )
    const online = carol.subscribe('subscription { presenceChanged(userIds: ["alice"]) { isOnline } }')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: false } })
    expect(await inTicket.next()).toMatchObject({ ticketPresence: { change: 'PRESENT', viewers: [] } })
    const phones = await Promise.all(Array.from({ length: 5 }, () => connectDevice(dies, 'alice')))
    for (const phone of phones) phone.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: true } })
    const counts = (): Promise<Data> => backend.run('{ totalConnections connectionCount(userId: "alice") }')
    await until(async () => (await counts())['connectionCount'] === 5)

    await dies.stop('SIGKILL')
    expect(await online.next()).toEqual({ presenceChanged: { isOnline: false } })
    expect(await counts()).toEqual({ totalConnections: 2, connectionCount: 0 })
    const changes = await inTicket.take(2)
    expect(changes.map(({ ticketPresence: { change, user } }) => [change, user?.id])).toEqual([
      ['JOINED', 'alice'],
      ['LEFT', 'alice'],
    ])
    expect(online.waiting).toEqual([])
  })

  test('a node with another database does not start, and says why', async () => {
    const env = environment()
    await startTestApp({ env })
    await expect(startTestApp({ env: { ...env, DATA_DIR: tempFolder() } })).rejects.toThrow('use another database')
  })

  test('a node without its Redis does not start, and says why', async () => {
    await expect(startTestApp({ env: { REDIS_URL: 'redis://127.0.0.1:1' } })).rejects.toThrow(
      /REDIS_URL: Redis cannot be reached \(.*ECONNREFUSED.*\)/,
    )
  })

  test('what happens while Redis is away arrives when it is back, and readiness tells', async () => {
    const server = await startRedis()
    const env = { ...environment(), REDIS_URL: server.url, REDIS_CANARY_MS: '200' }
    const [one, other] = [await startTestApp({ env }), await startTestApp({ env })]
    const [alice, backend] = [await connectDevice(one, 'alice'), await connectDevice(other, 'shop', 'backend')]
    const added = alice.subscribe('subscription { notificationAdded { title } }')
    await heard(
      added,
      () => backend.run(NOTIFY, { to: 'alice' }),
      () => true,
    )
    const unread = alice.subscribe('subscription { unreadCount { count } }')
    const before = (await unread.next())['unreadCount'].count
    const ready = async (app: TestApp): Promise<number> => (await fetch(new URL('/ready', app.url))).status

    server.freeze()
    await until(async () => (await ready(one)) === 503 && (await ready(other)) === 503)
    await backend.run(NOTIFY, { to: 'alice' })
    await expect(backend.run('{ isUserOnline(userId: "alice") }')).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    server.thaw()
    while ((await unread.next())['unreadCount'].count <= before);
    await until(async () => (await ready(one)) === 200 && (await ready(other)) === 200)
    const isOnline = (): Promise<boolean> =>
      backend.run('{ isUserOnline(userId: "alice") }').then(
        (data) => data['isUserOnline'],
        () => false,
      )
    await until(isOnline)
  })
})
