import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import type { RawSocket } from '../support/raw-socket.ts'
import {
  ADDED,
  acknowledge,
  begin,
  connect,
  drop,
  expectNext,
  expectNothing,
  follow,
  openScene,
  type Scene,
  settle,
  titleOf,
} from '../support/resume.ts'

/** Less than between two pings, of which the second would find a peer that had no time to answer. */
const STEP_MS = 11_000

/** The next acknowledgement ping, which comes with the next heartbeat after its subscription has begun. */
async function untilAsked(scene: Scene, socket: RawSocket): Promise<unknown> {
  for (;;) {
    scene.clock.advance(1_000)
    socket.send({ type: 'ping' })
    const message = await socket.next()
    if (message['type'] !== 'ping') continue
    expect(await socket.next()).toEqual({ type: 'pong' })
    return message
  }
}

test('asks once at the beginning whether a client answers, and nobody who is known to', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  expect(await untilAsked(scene, socket)).toEqual({ type: 'ping', payload: { ack: 1 } })
  scene.clock.advance(STEP_MS)
  await expectNothing(socket)
  socket.send({ type: 'pong', payload: { ack: 1 } })
  await expectNothing(socket)
  scene.clock.advance(10_000)
  await expectNothing(socket)
  await drop(socket)
  const back = await begin(scene, id)
  scene.clock.advance(10_000)
  await expectNothing(back)
  const stateless = await connect(scene)
  stateless.subscribe(randomUUID(), 'subscription { unreadCount { count } }')
  expect((await stateless.next())['type']).toBe('next')
  scene.clock.advance(10_000)
  await expectNothing(stateless)
})

test('asks for an acknowledgement along with a result, of what follows it within two seconds, and never for nothing', async () => {
  const scene = await openScene()
  const socket = await begin(scene, randomUUID())
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
  const received: string[] = []
  while (received.length < 4) {
    const message = await back.next()
    if (message['type'] === 'ping') back.send({ type: 'pong', payload: message['payload'] })
    else received.push(titleOf(message))
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

test('takes nothing that it did not ask for as an acknowledgement', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
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
  const socket = await begin(scene, id)
  await scene.notify('One')
  await expectNext(socket, 'One')
  expect((await socket.next())['type']).toBe('ping')
  for (let steps = 0; steps < 8; steps += 1) {
    scene.clock.advance(STEP_MS)
    await expectNothing(socket)
  }
  await drop(socket)
  await scene.notify('Two')
  await expectNext(await follow(scene, id), 'Two', 'expired')
})

test('continues the subscription of a client that never acknowledges when nothing was sent to it', async () => {
  const scene = await openScene()
  const id = randomUUID()
  const socket = await begin(scene, id)
  await untilAsked(scene, socket)
  for (let steps = 0; steps < 8; steps += 1) {
    scene.clock.advance(STEP_MS)
    await expectNothing(socket)
  }
  await drop(socket)
  await scene.notify('One')
  await expectNext(await follow(scene, id), 'One')
})
