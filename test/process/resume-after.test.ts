import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import {
  acknowledge,
  connect,
  drop,
  expectNext,
  expectNothing,
  follow,
  openScene,
  pruneInbox,
  type Scene,
  settle,
  TTL_MS,
} from '../support/resume.ts'
import { openStockSocket, STOCK_CLIENTS } from '../support/stock-clients.ts'

const LIST = '{ notifications { resumeCursor } }'

/** Where alice's inbox stands, as her list says it. */
async function cursorNow(scene: Scene): Promise<string> {
  const socket = await connect(scene)
  socket.subscribe('list', LIST)
  const { payload } = await socket.next()
  await drop(socket)
  return payload.data.notifications.resumeCursor
}

/** Follows from where the inbox stands, with one result that is acknowledged; then the socket is lost. */
async function leaveAfterOne(scene: Scene) {
  const variables = { after: await cursorNow(scene) }
  const id = randomUUID()
  await scene.notify('One')
  const socket = await follow(scene, id, { variables })
  await expectNext(socket, 'One')
  await acknowledge(socket)
  await drop(socket)
  return { id, variables }
}

test('says where a subscription begins the first time; then it goes on after what was acknowledged', async () => {
  const scene = await openScene()
  const variables = { after: await cursorNow(scene) }
  const id = randomUUID()
  await scene.notify('One')
  const socket = await follow(scene, id, { variables })
  await expectNext(socket, 'One')
  await acknowledge(socket)
  await scene.notify('Two')
  await expectNext(socket, 'Two')
  await drop(socket)
  const back = await follow(scene, id, { variables })
  await expectNext(back, 'Two')
  await acknowledge(back)
  await drop(back)
  const third = await follow(scene, id, { variables })
  await settle(third)
  await scene.notify('Three')
  await expectNext(third, 'Three')
})

test('begins there again when the subscription is another one', async () => {
  const scene = await openScene()
  const { variables } = await leaveAfterOne(scene)
  await expectNext(await follow(scene, randomUUID(), { variables }), 'One')
})

test('begins there again, and is not told that it expired, when its time is over', async () => {
  const scene = await openScene()
  const { id, variables } = await leaveAfterOne(scene)
  scene.clock.advance(TTL_MS * 2)
  await expectNext(await follow(scene, id, { variables }), 'One', null)
})

test('a cursor that has become useless does not end a subscription that got further', async () => {
  const scene = await openScene()
  await scene.notify('Zero')
  const { id, variables } = await leaveAfterOne(scene)
  await scene.notify('Two')
  await pruneInbox(scene, 2)
  await expectNext(await follow(scene, id, { variables }), 'Two')
  const other = await follow(scene, randomUUID(), { variables })
  expect(await other.next()).toMatchObject({ payload: { errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] } })
})

test('ends with CURSOR_EXPIRED when neither the cursor nor what was acknowledged can be continued', async () => {
  const scene = await openScene()
  const { id, variables } = await leaveAfterOne(scene)
  await scene.notify('Two')
  await pruneInbox(scene, 2)
  for (const one of [id, '1']) {
    const back = await follow(scene, one, { variables })
    expect(await back.next()).toMatchObject({
      id: one,
      type: 'next',
      payload: { errors: [{ extensions: { code: 'CURSOR_EXPIRED' } }] },
    })
    expect(await back.next()).toEqual({ id: one, type: 'complete' })
    await expectNothing(back)
  }
})

test.each(Object.keys(STOCK_CLIENTS))('%s gets each notification once, whatever is cut in between', async (name) => {
  const scene = await openScene()
  const after = await cursorNow(scene)
  const received: string[] = []
  const sockets: { close(code: number): void }[] = []
  const client = openStockSocket(scene.app.wsUrl, await signTestToken('alice'), {
    connected: (socket) => sockets.push(socket as { close(code: number): void }),
  })
  const query = 'subscription Added($after: Cursor) { notificationAdded(after: $after) { id title } }'
  STOCK_CLIENTS[name]?.(client).follow(
    query,
    { after },
    ({ notificationAdded }) => {
      received.push(notificationAdded.title)
    },
    (error) => received.push(String(error)),
  )
  for (const [index, title] of ['One', 'Two', 'Three'].entries()) {
    await scene.notify(title)
    await expect.poll(() => received.length).toBe(index + 1)
    // The pong to what went along with the result, or comes within two seconds, is under way before the socket closes.
    scene.clock.advance(2_000)
    await settleOver(client)
    sockets.at(-1)?.close(4_000)
    await expect.poll(() => sockets.length).toBe(index + 2)
    await settleOver(client)
  }
  expect(received).toEqual(['One', 'Two', 'Three'])
})

/** What was sent to the client before has been handed to it, and its subscriptions have begun. */
async function settleOver(client: ReturnType<typeof openStockSocket>): Promise<void> {
  for (let trips = 0; trips < 2; trips += 1) {
    for await (const { errors } of client.iterate({ query: '{ unreadCount { count } }' }))
      expect(errors).toBeUndefined()
  }
}
