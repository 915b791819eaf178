import { describe, expect, test } from 'vitest'
import { startTestApp } from '../support/app.ts'
import { connectDevice, type Data, type Device, type Stream } from '../support/device.ts'
import { NOTIFY, received, UPSERT, until } from '../support/nodes.ts'

const SAY = 'mutation { sendTicketMessage(input: { ticketId: "42", body: "Hi" }) { message { number } } }'
const TYPING = 'mutation { setTyping(ticketId: "42", isTyping: true) { accepted } }'
const EVENT = 'mutation { broadcast(event: "hello") { id } }'

/** Of two nodes, alice and bob are on the first, carol and the backend on the second; dave comes to the first. */
interface People {
  readonly alice: Device
  readonly bob: Device
  readonly carol: Device
  readonly backend: Device
  readonly dave: Device
}

/** Each subscription, what makes it say something, and what it then says. */
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
    async ({ alice, carol }) => {
      // She follows before carol comes, and carol has come before she leaves: a query begins after subscriptions.
      await alice.run('{ me { id } }')
      const stream = carol.subscribe('subscription { ticketMessage(ticketId: "42") { body } }')
      await carol.run('{ me { id } }')
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
    'ticketList',
    ({ bob }) => bob.subscribe('subscription { ticketList { __typename } }'),
    ({ carol }) => carol.run(SAY),
    ({ ticketList }) => ticketList.__typename === 'TicketListChanged',
  ],
  [
    'customEvent',
    ({ alice }) => alice.subscribe('subscription { customEvent { name } }'),
    ({ backend }) => backend.run(EVENT),
    ({ customEvent }) => customEvent.name === 'hello',
  ],
  [
    'presenceChanged',
    ({ carol }) => carol.subscribe('subscription { presenceChanged(userIds: ["dave"]) { userId isOnline } }'),
    ({ dave }) => dave.run('{ me { id } }'),
    ({ presenceChanged }) => presenceChanged.isOnline,
  ],
]

describe('what others do, on whatever node', () => {
  test.each(CASES)('is received by %s', async (_, follow, act, isWanted) => {
    const app = await startTestApp({ env: { TYPING_THROTTLE_MS: '0' } })
    const alice = await connectDevice(app, 'alice')
    const carol = await connectDevice(app, 'carol')
    const bob = await connectDevice(app, 'bob', 'agent')
    const backend = await connectDevice(app, 'shop', 'backend')
    const people: People = { alice, carol, bob, backend, dave: await connectDevice(app, 'dave') }
    await backend.run(UPSERT)
    await received(follow(people), () => act(people), isWanted)
  })

  test('disconnects the devices of a user everywhere', async () => {
    const app = await startTestApp()
    const devices = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    const streams = devices.map((device) => device.subscribe('subscription { unreadCount { count } }'))
    for (const stream of streams) await stream.next()
    const { disconnectUser } = await backend.run('mutation { disconnectUser(userId: "alice") }')
    expect(disconnectUser).toBe(2)
    for (const { ended } of streams) await expect(ended).rejects.toThrow('4403')
  })

  test('takes a ticket away from those who are taken out of it', async () => {
    const app = await startTestApp()
    const [alice, backend] = [await connectDevice(app, 'alice'), await connectDevice(app, 'shop', 'backend')]
    await backend.run(UPSERT)
    const stream = alice.subscribe('subscription { ticketChanged(ticketId: "42") { id } }')
    await stream.next()
    await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "carol" }] }) { id } }')
    const toTheEnd = async (): Promise<never> => {
      for (;;) await stream.next()
    }
    await expect(toTheEnd()).rejects.toMatchObject({ code: 'FORBIDDEN' })
  })

  test('counts as connections of the whole service', async () => {
    const app = await startTestApp()
    const devices = [await connectDevice(app, 'alice'), await connectDevice(app, 'alice')]
    const backend = await connectDevice(app, 'shop', 'backend')
    for (const device of devices) await device.run('{ me { id } }')
    const counts = async (): Promise<Data> =>
      backend.run(
        '{ totalConnections connectionCount(userId: "alice") connectionStats { users nodes { id connections } } }',
      )
    await until(async () => (await counts())['totalConnections'] === 3)
    expect(await counts()).toMatchObject({ connectionCount: 2, connectionStats: { users: 2 } })
    expect((await counts())['connectionStats'].nodes).toHaveLength(app.nodes)
  })
})
