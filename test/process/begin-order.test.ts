import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

async function open() {
  const { wsUrl, stage } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ authorization: `Bearer ${await signTestToken('ann')}` })
  return { socket, stage, wsUrl }
}

/** What was sent before has arrived, and what could be answered has been. */
async function reach(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping' })
  expect(await socket.next()).toEqual({ type: 'pong' })
}

test('an operation begins after the subscriptions that its socket sent before it', async () => {
  const { socket, stage } = await open()
  socket.subscribe('1', 'subscription { late }')
  socket.subscribe('2', 'subscription { late }')
  socket.subscribe('3', 'mutation { say(text: "after") }')
  await reach(socket)
  expect(stage.said).toEqual([])
  await expect.poll(() => stage.letGo()).toBe(2)
  const answers = [await socket.next(), await socket.next(), await socket.next()]
  expect(answers.map(({ id }) => id).sort()).toEqual(['1', '2', '3'])
  expect(stage.said).toEqual(['after'])
})

test('an operation waits for no other socket, nor for a subscription that was refused or ended', async () => {
  const { socket, stage, wsUrl } = await open()
  socket.subscribe('1', 'subscription { late }')
  await reach(socket)
  const other = await openRawSocket(wsUrl)
  await other.init({ authorization: `Bearer ${await signTestToken('ann')}` })
  other.subscribe('1', '{ hello }')
  expect(await other.next()).toMatchObject({ id: '1', type: 'next' })
  socket.send({ id: '1', type: 'complete' })
  socket.subscribe('2', 'subscription { refused }')
  const startedAt = performance.now()
  socket.subscribe('3', 'mutation { say(text: "now") }')
  const answers = [await socket.next(), await socket.next(), await socket.next()]
  expect(answers.map(({ id }) => id)).toContain('3')
  expect(stage.said).toEqual(['now'])
  expect(performance.now() - startedAt).toBeLessThan(2_000)
})

test('an operation does not wait for long when a subscription cannot begin', async () => {
  const { socket, stage } = await open()
  socket.subscribe('1', 'subscription { late }')
  socket.subscribe('2', '{ hello }')
  expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
  expect(await socket.next()).toMatchObject({ id: '2', type: 'complete' })
  await expect.poll(() => stage.letGo()).toBe(1)
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
})
