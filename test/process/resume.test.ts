import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openSqliteStorage } from '../../src/storage/sqlite-storage.ts'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { type Answer, ask } from '../support/ask.ts'
import { createManualClock, type ManualClock } from '../support/clock.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { tempFolder } from '../support/temp.ts'

const ADDED = 'subscription ($after: Cursor) { notificationAdded(after: $after) { title } }'
const TTL_MS = 600_000
/** Less than between two pings, of which the second would find a peer that had no time to answer. */
const STEP_MS = 11_000

interface Scene {
  readonly app: TestApp
  readonly clock: ManualClock
  readonly dataDir: string
  /** Runs an operation as the product's backend. */
  backend(query: string): Promise<Answer>
  notify(title: string): Promise<unknown>
}

const openScene = async (dataDir = tempFolder()): Promise<Scene> => {
  const clock = createManualClock(Date.now())
  const app = await startTestApp({ clock, env: { DATA_DIR: dataDir, RESUME_TTL_MS: String(TTL_MS) } })
  const token = await signTestToken('shop', 'backend')
  const backend = async (query: string): Promise<Answer> => {
    const { body } = await ask(app.url, query, { authorization: `Bearer ${token}` })
    expect(body['errors']).toBeUndefined()
    return body['data']
  }
  return {
    app,
    clock,
    dataDir,
    backend,
    notify: (title) =>
      backend(
        `mutation { notify(input: { userIds: ["alice"], notification: { type: "t", title: "${title}" } }) { isDuplicate } }`,
      ),
  }
}

const connect = async ({ app }: Scene, userId = 'alice'): Promise<RawSocket> => {
  const socket = await openRawSocket(app.wsUrl)
  await socket.init({ authorization: `Bearer ${await signTestToken(userId)}` })
  return socket
}

/** The last question of a socket that is not answered yet. */
const questions = new WeakMap<RawSocket, unknown>()

/** The next message that is no question; one that went along with the result before is kept. */
const nextMessage = async (socket: RawSocket): Promise<Answer> => {
  const message = await socket.next()
  if (message['type'] !== 'ping') return message
  questions.set(socket, message['payload'])
  return nextMessage(socket)
}

/** Everything that was sent before has been answered once this is: it waits for the database, too. */
const settle = async (socket: RawSocket): Promise<void> => {
  const id = randomUUID()
  socket.subscribe(id, '{ unreadCount { count } }')
  expect(await nextMessage(socket)).toMatchObject({ id, type: 'next' })
  expect(await nextMessage(socket)).toMatchObject({ id, type: 'complete' })
}

/** A socket that follows a log under an id, from then on. */
const follow = async (
  scene: Scene,
  id: string,
  { query = ADDED, userId = 'alice', variables = {} }: { query?: string; userId?: string; variables?: unknown } = {},
): Promise<RawSocket> => {
  const socket = await connect(scene, userId)
  socket.subscribe(id, query, { variables })
  return socket
}

const titleOf = ({ payload }: Answer): string => payload.data.notificationAdded.title

/** The next result is this one. */
const expectNext = async (socket: RawSocket, title: string, resume: unknown = null): Promise<Answer> => {
  const message = await nextMessage(socket)
  expect(message).toMatchObject({ type: 'next', payload: { extensions: { resume } } })
  expect(titleOf(message)).toBe(title)
  return message
}

/** Nothing has come: an answer to something else comes first. */
const expectNothing = async (socket: RawSocket): Promise<void> => {
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
}

/** Answers the question that went along with the first result. */
const acknowledge = async (socket: RawSocket): Promise<void> => {
  const payload = questions.get(socket) ?? (await socket.next())['payload']
  socket.send({ type: 'pong', payload })
  await expectNothing(socket)
}

const drop = async (socket: RawSocket): Promise<void> => {
  socket.ws.terminate()
  await socket.closed
}

test('asks for an acknowledgement along with a result, of what follows it within two seconds, and never for nothing', async () => {
  const scene = await openScene()
  const socket = await follow(scene, randomUUID())
  await settle(socket)
  scene.clock.advance(10_000)
  await expectNothing(socket)
  await scene.notify('One')
  await expectNext(socket, 'One')
  expect(await socket.next()).toEqual({ type: 'ping', payload: { ack: 1 } })
  await scene.notify('Two')
  await expectNext(socket, 'Two')
  scene.clock.advance(3_000)
  await expectNothing(socket)
  socket.send({ type: 'pong', payload: { ack: 1 } })
  await expectNothing(socket)
  scene.clock.advance(1_000)
  await expectNothing(socket)
  scene.clock.advance(1_000)
  expect(await socket.next()).toEqual({ type: 'ping', payload: { ack: 2 } })
  socket.send({ type: 'pong', payload: { ack: 2 } })
  await expectNothing(socket)
  scene.clock.advance(1_000)
  await expectNothing(socket)
  await scene.notify('Three')
  await expectNext(socket, 'Three')
  expect(await socket.next()).toEqual({ type: 'ping', payload: { ack: 3 } })
})

test('asks at once for all that was missed, whichever subscription missed it', async () => {
  const scene = await openScene()
  const ids = [randomUUID(), randomUUID()]
  const socket = await connect(scene)
  for (const id of ids) socket.subscribe(id, ADDED, { variables: {} })
  await settle(socket)
  await drop(socket)
  await scene.notify('One')
  await scene.notify('Two')
  const back = await connect(scene)
  for (const id of ids) back.subscribe(id, ADDED, { variables: {} })
  const heard: string[] = []
  while (heard.length < 4) {
    const message = await back.next()
    if (message['type'] === 'ping') back.send({ type: 'pong', payload: message['payload'] })
    else heard.push(titleOf(message))
  }
  await acknowledge(back)
  await drop(back)
  await scene.notify('Three')
  const third = await connect(scene)
  for (const id of ids) {
    third.subscribe(id, ADDED, { variables: {} })
    await expectNext(third, 'Three')
  }
})

test('goes on after what was acknowledged', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await scene.notify('One')
  await expectNext(socket, 'One')
  await acknowledge(socket)
  await scene.notify('Two')
  await expectNext(socket, 'Two')
  await drop(socket)
  await scene.notify('Three')
  const back = await follow(scene, id)
  await expectNext(back, 'Two')
  await expectNext(back, 'Three')
})

test('misses nothing when the socket is lost right after subscribing', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await drop(socket)
  await scene.notify('One')
  await expectNext(await follow(scene, id), 'One')
})

test('goes on after a restart', async () => {
  const before = await openScene()
  const id = randomUUID()
  const socket = await follow(before, id)
  await settle(socket)
  await before.notify('One')
  await expectNext(socket, 'One')
  await acknowledge(socket)
  await before.notify('Two')
  await expectNext(socket, 'Two')
  await before.app.close()
  const after = await openScene(before.dataDir)
  await after.notify('Three')
  const back = await follow(after, id)
  await expectNext(back, 'Two')
  await expectNext(back, 'Three')
})

test('goes on in two subscriptions with one document, each at its place', async () => {
  const scene = await openScene()
  const [first, second] = [randomUUID(), randomUUID()]
  const socket = await follow(scene, first)
  await settle(socket)
  await scene.notify('One')
  await expectNext(socket, 'One')
  await acknowledge(socket)
  socket.subscribe(second, ADDED, { variables: {} })
  await settle(socket)
  await drop(socket)
  await scene.notify('Two')
  const back = await follow(scene, second)
  expect((await expectNext(back, 'Two'))['id']).toBe(second)
  back.subscribe(first, ADDED, { variables: {} })
  expect((await expectNext(back, 'Two'))['id']).toBe(first)
})

test('begins now under an id that is not a UUID', async () => {
  const scene = await openScene()
  const socket = await follow(scene, '1')
  await settle(socket)
  await drop(socket)
  await scene.notify('One')
  const back = await follow(scene, '1')
  await settle(back)
  await scene.notify('Two')
  await expectNext(back, 'Two')
})

test('begins where the client says, whatever it has acknowledged', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await scene.notify('One')
  const { payload } = await expectNext(socket, 'One')
  await scene.notify('Two')
  await expectNext(socket, 'Two')
  const variables = { after: payload.extensions.cursor }
  const explicit = randomUUID()
  socket.subscribe(explicit, ADDED, { variables })
  expect((await expectNext(socket, 'Two'))['id']).toBe(explicit)
  await acknowledge(socket)
  await drop(socket)
  await expectNext(await follow(scene, explicit, { variables }), 'Two')
})

test('says so when it cannot go on, until the client has heard it', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await drop(socket)
  await scene.notify('One')
  scene.clock.advance(TTL_MS * 3)
  const unheard = await follow(scene, id)
  await settle(unheard)
  await drop(unheard)
  const back = await follow(scene, id)
  await settle(back)
  await scene.notify('Two')
  await expectNext(back, 'Two', 'expired')
  await acknowledge(back)
  await scene.notify('Three')
  await expectNext(back, 'Three', null)
  await drop(back)
  await scene.notify('Four')
  const again = await follow(scene, id)
  await expectNext(again, 'Three')
  await expectNext(again, 'Four')
})

test('says so when what it would go on with has been deleted for good', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await drop(socket)
  await scene.notify('One')
  const storage = await openSqliteStorage({ file: join(scene.dataDir, 'herald.db') })
  await storage.write((tx) =>
    tx
      .updateTable('lanes')
      .set(({ ref }) => ({ pruned: ref('revision') }))
      .execute(),
  )
  await storage.close()
  const back = await follow(scene, id)
  await settle(back)
  await scene.notify('Two')
  await expectNext(back, 'Two', 'expired')
})

test('takes nothing that it did not ask for as an acknowledgement', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  socket.send({ type: 'pong', payload: { ack: 1 } })
  await scene.notify('One')
  await expectNext(socket, 'One')
  expect((await socket.next())['type']).toBe('ping')
  for (const payload of [undefined, null, {}, { ack: 2 }, { ack: '1' }, { ack: null }]) {
    socket.send({ type: 'pong', ...(payload !== undefined && payload !== null && { payload }) })
  }
  await expectNothing(socket)
  await drop(socket)
  await expectNext(await follow(scene, id), 'One')
})

test('does not continue the subscription of a client that never acknowledges, and says so', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await scene.notify('One')
  await expectNext(socket, 'One')
  expect((await socket.next())['type']).toBe('ping')
  for (let steps = 0; steps < 8; steps += 1) {
    scene.clock.advance(STEP_MS)
    await expectNothing(socket)
  }
  await drop(socket)
  await scene.notify('Two')
  const back = await follow(scene, id)
  await settle(back)
  await scene.notify('Three')
  await expectNext(back, 'Three', 'expired')
})

test('forgets a subscription that its client has ended', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  socket.send({ id, type: 'complete' })
  await settle(socket)
  await scene.notify('One')
  socket.subscribe(id, ADDED, { variables: {} })
  await settle(socket)
  await scene.notify('Two')
  await expectNext(socket, 'Two')
})

test('keeps users apart, even with the same id and question', async () => {
  const scene = await openScene()
  const id = randomUUID()
  await scene.backend(
    'mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }, { id: "carol" }] }) { id } }',
  )
  const query = 'subscription { ticketMessage(ticketId: "42") { body } }'
  const say = (body: string) =>
    scene.backend(
      `mutation { sendTicketMessage(input: { ticketId: "42", body: "${body}", clientMessageId: "${body}" }) { message { id } } }`,
    )
  const alice = await follow(scene, id, { query })
  await settle(alice)
  await drop(alice)
  await say('One')
  const carol = await follow(scene, id, { query, userId: 'carol' })
  await settle(carol)
  await say('Two')
  expect(await carol.next()).toMatchObject({ payload: { data: { ticketMessage: { body: 'Two' } } } })
  const back = await follow(scene, id, { query })
  expect(await back.next()).toMatchObject({ payload: { data: { ticketMessage: { body: 'One' } } } })
})

test('remembers nothing of a user who was erased', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await follow(scene, id)
  await settle(socket)
  await drop(socket)
  const admin = await signTestToken('shop', 'backend')
  const { body } = await ask(scene.app.url, 'mutation { eraseUser(userId: "alice") { __typename } }', {
    authorization: `Bearer ${admin}`,
  })
  expect(body['errors']).toBeUndefined()
  const back = await follow(scene, id)
  await settle(back)
  await scene.notify('One')
  await expectNext(back, 'One', null)
})
