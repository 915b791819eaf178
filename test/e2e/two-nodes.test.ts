import { describe, expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice, type Data, type Device, type Stream } from '../support/device.ts'
import { heard, NOTIFY, nodeEnvironment, UPSERT, until } from '../support/nodes.ts'
import { useRedis } from '../support/redis.ts'

const redis = useRedis()

/** Two nodes over one database and one Redis. */
const startNodes = async (): Promise<readonly [TestApp, TestApp]> => {
  const env = nodeEnvironment(redis.url())
  return [await startTestApp({ env }), await startTestApp({ env })]
}

const SAY = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Hi" }) { message { number } } }'
const TYPING = 'mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }'
const EVENT = 'mutation { broadcast(event: "hello") { id } }'

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
})
