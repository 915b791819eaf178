import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { startTestApp, type TestApp } from '../support/app.ts'
import { openEventStream } from '../support/ask.ts'
import { connectDevice } from '../support/device.ts'
import { openRawSocket } from '../support/raw-socket.ts'

// Names that stand in the protocol rather than in the schema: of operations, of connections, of devices. Each belongs to one user.

const NOTIFY =
  'mutation ($to: ID!, $title: String!) { notify(input: { userIds: [$to], notification: { type: "a.b", title: $title } }) { recipients } }'
const ADDED = 'subscription { notificationAdded { title } }'

async function connectAs(app: TestApp, userId: string) {
  const socket = await openRawSocket(app.deviceUrl())
  await socket.init({ token: await app.token(userId) })
  /** The next message that is about an operation; pings are answered. */
  const next = async () => {
    for (;;) {
      const message = await socket.next()
      if (message['type'] !== 'ping') return message
      socket.send({ type: 'pong', payload: message['payload'] })
    }
  }
  /** Answered when all that was sent before has begun. */
  const begun = async (): Promise<void> => {
    socket.subscribe('begun', '{ me { id } }')
    expect(await next()).toMatchObject({ id: 'begun', type: 'next' })
    expect(await next()).toMatchObject({ id: 'begun', type: 'complete' })
  }
  return { ...socket, next, begun }
}

test("somebody else's operation id continues nothing and ends nothing", async () => {
  const app = await startTestApp()
  const backend = await connectDevice(app, 'shop', 'backend')
  const tell = (to: string, title: string) => backend.run(NOTIFY, { to, title })
  const id = randomUUID()
  const first = await connectAs(app, 'carol')
  first.subscribe(id, ADDED)
  await first.begun()
  await tell('carol', 'one')
  expect(await first.next()).toMatchObject({ id, payload: { data: { notificationAdded: { title: 'one' } } } })

  const alice = await connectAs(app, 'alice')
  alice.subscribe(id, ADDED)
  await alice.begun()
  alice.send({ type: 'complete', id })
  await alice.begun()
  await tell('carol', 'two')
  expect(await first.next()).toMatchObject({ id, payload: { data: { notificationAdded: { title: 'two' } } } })

  first.ws.terminate()
  await first.closed
  await tell('carol', 'three')
  alice.subscribe(id, ADDED)
  await alice.begun()
  await tell('alice', 'hers')
  expect(await alice.next()).toMatchObject({
    id,
    payload: { data: { notificationAdded: { title: 'hers' } }, extensions: { resume: null } },
  })
  const back = await connectAs(app, 'carol')
  back.subscribe(id, ADDED)
  const titles: string[] = []
  while (!titles.includes('three')) titles.push((await back.next())['payload'].data.notificationAdded.title)
})

test("somebody else's Herald-Connection is another connection", async () => {
  const app = await startTestApp({ env: { PRESENCE_GRACE_MS: '0' } })
  const agent = await connectDevice(app, 'bob', 'agent')
  const open = async (userId: string) =>
    openEventStream(app.url, 'subscription { unreadCount { count } }', {
      authorization: `Bearer ${await app.token(userId)}`,
      'herald-connection': 'one-name',
    })
  const carol = await open('carol')
  await carol.next()
  const alice = await open('alice')
  await alice.next()
  const online = async () => {
    const { presence } = await agent.run('{ presence(userIds: ["alice", "carol"]) { isOnline connectionCount } }')
    return JSON.stringify(
      presence.map(({ isOnline, connectionCount }: Record<string, unknown>) => [isOnline, connectionCount]),
    )
  }
  await expect.poll(online).toBe('[[true,1],[true,1]]')
  alice.abort()
  await expect.poll(online).toBe('[[false,0],[true,1]]')
})

test("somebody else's device goes on typing", async () => {
  const app = await startTestApp({ env: { TYPING_THROTTLE_MS: '0', TYPING_EXPIRY_MS: '600000' } })
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run(
    'mutation { upsertTicket(input: { id: "t", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
  )
  const [alice, carol] = [await connectDevice(app, 'alice'), await connectDevice(app, 'carol')]
  const agent = await connectDevice(app, 'bob', 'agent')
  const typing = agent.subscribe('subscription { userTyping(ticketId: "t") { user { id } isTyping } }')
  await agent.run('{ me { id } }')
  const say = (isTyping: boolean) =>
    `mutation { setTyping(ticketId: "t", isTyping: ${isTyping}, deviceId: "one-name") { accepted } }`
  await carol.run(say(true))
  await alice.run(say(false))
  await alice.run(say(true))
  await carol.run(say(false))
  expect(await typing.take(3)).toEqual([
    { userTyping: { user: { id: 'carol' }, isTyping: true } },
    { userTyping: { user: { id: 'alice' }, isTyping: true } },
    { userTyping: { user: { id: 'carol' }, isTyping: false } },
  ])
})
