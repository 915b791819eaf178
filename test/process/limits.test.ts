import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

test('bounds the subscriptions of a socket, but not its queries', async () => {
  const { wsUrl, stage } = await startSmallServer({ limits: { subscriptionsPerSocket: 2 } })
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  socket.subscribe('1', 'subscription { log }')
  socket.subscribe('2', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(2)
  socket.subscribe('3', 'subscription { log }')
  expect(await socket.next()).toEqual({
    id: '3',
    type: 'error',
    payload: [
      { message: 'This connection has 2 subscriptions already. End one first.', extensions: { code: 'RATE_LIMITED' } },
    ],
  })
  socket.subscribe('4', '{ hello }')
  expect(await socket.next()).toMatchObject({ id: '4', type: 'next' })
  expect(await socket.next()).toMatchObject({ id: '4', type: 'complete' })
  socket.send({ type: 'complete', id: '1' })
  await expect.poll(() => stage.readers).toBe(1)
  socket.subscribe('5', 'subscription { state }')
  expect(await socket.next()).toMatchObject({ id: '5', type: 'next' })
})

test('gives back the place of a subscription that was refused or has ended', async () => {
  const { wsUrl, stage } = await startSmallServer({ limits: { subscriptionsPerSocket: 1 } })
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  for (const query of ['subscription { refused }', 'subscription { broken }', 'subscription { refused }']) {
    socket.subscribe('1', query)
    expect(await socket.next()).toMatchObject({ type: 'next', payload: { errors: [{}] } })
    expect(await socket.next()).toMatchObject({ type: 'complete' })
  }
  socket.subscribe('1', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(1)
  stage.fail(new Error('over'))
  expect(await socket.next()).toMatchObject({ type: 'next' })
  expect(await socket.next()).toMatchObject({ type: 'complete' })
  socket.subscribe('2', 'subscription { state }')
  expect(await socket.next()).toMatchObject({ id: '2', type: 'next' })
})

test('bounds how fast a socket begins operations, and says when to go on', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl } = await startSmallServer({ clock, limits: { operationsPerSecond: 2 } })
  const socket = await openRawSocket(wsUrl)
  await socket.init()
  const hello = async () => {
    socket.subscribe('1', '{ hello }')
    const message = await socket.next()
    if (message['type'] === 'next') await socket.next()
    return message
  }
  for (let n = 0; n < 4; n += 1) expect(await hello()).toMatchObject({ type: 'next' })
  expect(await hello()).toMatchObject({
    type: 'error',
    payload: [{ extensions: { code: 'RATE_LIMITED', retryAfterMs: 500 } }],
  })
  clock.advance(500)
  expect(await hello()).toMatchObject({ type: 'next' })
  expect(await hello()).toMatchObject({ type: 'error' })
  const other = await openRawSocket(wsUrl)
  await other.init()
  other.subscribe('1', '{ hello }')
  expect(await other.next()).toMatchObject({ type: 'next' })
})

test('bounds the sockets of a user, and lets the next one in when one has gone', async () => {
  const { wsUrl, services } = await startSmallServer({ limits: { socketsPerUser: 2 } })
  const token = await signTestToken('ann')
  const first = await openRawSocket(wsUrl)
  await first.init({ token })
  await (await openRawSocket(wsUrl)).init({ token })
  const third = await openRawSocket(wsUrl)
  third.send({ type: 'connection_init', payload: { token } })
  expect(await third.closed).toEqual({ code: 1013, reason: 'You have 2 connections already. Close one first.' })
  await (await openRawSocket(wsUrl)).init({ token: await signTestToken('bob') })
  first.ws.close()
  await expect.poll(() => services.presence.localConnections('ann')).toBe(1)
  await (await openRawSocket(wsUrl)).init({ token })
})

test('bounds how fast connections come', async () => {
  const clock = createManualClock(Date.now())
  const { wsUrl } = await startSmallServer({ clock, limits: { connectionsPerSecond: 1 } })
  await openRawSocket(wsUrl)
  await openRawSocket(wsUrl)
  await expect(openRawSocket(wsUrl)).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
  clock.advance(1_000)
  await openRawSocket(wsUrl)
})
