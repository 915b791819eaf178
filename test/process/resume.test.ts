import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { ask } from '../support/ask.ts'
import {
  ADDED,
  acknowledge,
  begin,
  drop,
  expectNext,
  follow,
  leave,
  openScene,
  openTicket,
  pruneInbox,
  say,
  settle,
  TTL_MS,
} from '../support/resume.ts'

test('goes on after what was acknowledged', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
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
  const id = await leave(scene)
  await scene.notify('One')
  await expectNext(await follow(scene, id), 'One')
})

test('goes on after a restart', async () => {
  const before = await openScene()
  const id = randomUUID()
  const socket = await begin(before, id)
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
  const socket = await begin(scene, first)
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
  const socket = await begin(scene, '1')
  await drop(socket)
  await scene.notify('One')
  const back = await begin(scene, '1')
  await scene.notify('Two')
  await expectNext(back, 'Two')
})

test('begins where the client says the first time, then after what it has acknowledged', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  await scene.notify('One')
  const { payload } = await expectNext(socket, 'One')
  await scene.notify('Two')
  await expectNext(socket, 'Two')
  const variables = { after: payload.extensions.cursor }
  const explicit = randomUUID()
  await drop(socket)
  const own = await follow(scene, explicit, { variables })
  expect((await expectNext(own, 'Two'))['id']).toBe(explicit)
  await acknowledge(own)
  await drop(own)
  await scene.notify('Three')
  await expectNext(await follow(scene, explicit, { variables }), 'Three')
})

test('says so when it cannot go on, until the client has received it', async () => {
  const scene = await openScene()
  const id = await leave(scene)
  await scene.notify('One')
  scene.clock.advance(TTL_MS * 3)
  const unheard = await follow(scene, id)
  await expectNext(unheard, 'One', 'expired')
  await drop(unheard)
  const back = await follow(scene, id)
  await expectNext(back, 'One', 'expired')
  await acknowledge(back)
  await scene.notify('Two')
  await expectNext(back, 'Two', null)
  await drop(back)
  await scene.notify('Three')
  const again = await follow(scene, id)
  await expectNext(again, 'Two')
  await expectNext(again, 'Three')
})

test('says so when what it would go on with has been deleted for good', async () => {
  const scene = await openScene()
  const id = await leave(scene)
  await scene.notify('One')
  await pruneInbox(scene, 1)
  const back = await follow(scene, id)
  await expectNext(back, 'One', 'expired')
})

test('forgets a subscription that its client has ended', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  socket.send({ id, type: 'complete' })
  await settle(socket)
  await scene.notify('One')
  socket.subscribe(id, ADDED, { variables: {} })
  await settle(socket)
  await scene.notify('Two')
  await expectNext(socket, 'Two')
})

test('keeps users apart, even with the same id and operation', async () => {
  const scene = await openScene()
  await openTicket(scene, 'alice', 'carol')
  const query = 'subscription { ticketMessage(ticketId: "42") { body } }'
  const id = await leave(scene, { query })
  await say(scene, 'One')
  const carol = await begin(scene, id, { query, userId: 'carol' })
  await say(scene, 'Two')
  expect(await carol.next()).toMatchObject({ payload: { data: { ticketMessage: { body: 'Two' } } } })
  const back = await follow(scene, id, { query })
  expect(await back.next()).toMatchObject({ payload: { data: { ticketMessage: { body: 'One' } } } })
})

test('remembers nothing of a user who was erased', async () => {
  const scene = await openScene()
  const id = await leave(scene)
  const admin = await signTestToken('shop', 'backend')
  const { body } = await ask(scene.app.url, 'mutation { eraseUser(userId: "alice") { __typename } }', {
    authorization: `Bearer ${admin}`,
  })
  expect(body['errors']).toBeUndefined()
  const back = await begin(scene, id)
  await scene.notify('One')
  await expectNext(back, 'One', null)
})
