import { describe, expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import type { Stage } from '../support/small-schema.ts'
import { startSmallServer } from '../support/small-server.ts'

// What an operation may expect of graphql-transport-ws (PROTOCOL.md of graphql-ws), word by word over a bare socket.

async function open() {
  const { wsUrl, stage } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  return { socket, stage }
}

/** Nothing else has come: the answer to this does. */
async function expectNothing(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping', payload: { barrier: true } })
  expect(await socket.next()).toEqual({ type: 'pong', payload: { barrier: true } })
}

/** Lets go on so many operations that wait in `late`. */
async function letGo(stage: Stage, count: number): Promise<void> {
  let gone = 0
  await expect
    .poll(() => {
      gone += stage.letGo()
      return gone
    })
    .toBe(count)
}

describe('an operation', () => {
  test.each([
    ['query', '{ hello }', { hello: 'world' }],
    ['mutation', 'mutation { say(text: "hi") }', { say: 'hi' }],
  ])('that is a %s is answered by one result, which completes it', async (_kind, query, data) => {
    const { socket } = await open()
    socket.subscribe('1', query)
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data } })
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    await expectNothing(socket)
  })

  test('that cannot be executed is answered by an error and by nothing behind it', async () => {
    const { socket } = await open()
    socket.subscribe('1', '{ nothing }')
    expect(await socket.next()).toMatchObject({ id: '1', type: 'error', payload: [{ message: expect.any(String) }] })
    await expectNothing(socket)
    socket.subscribe('1', '{ hello }')
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  })

  test('that the server ends is completed behind all of its results, and its id is free again', async () => {
    const { socket, stage } = await open()
    for (let round = 0; round < 2; round += 1) {
      socket.subscribe('1', 'subscription { state }')
      expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { state: 0 } } })
      for (const state of [1, 2]) {
        stage.emit(state)
        expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { state } } })
      }
      stage.fail(new Error('over'))
      expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { errors: [{}] } })
      expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    }
    await expectNothing(socket)
  })

  test('that the server ends is completed, and a complete that crosses it is ignored', async () => {
    const { socket, stage } = await open()
    socket.subscribe('1', 'subscription { log }')
    await expect.poll(() => stage.readers).toBe(1)
    stage.fail(new Error('over'))
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { errors: [{}] } })
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    socket.send({ id: '1', type: 'complete' })
    await expectNothing(socket)
  })

  test('that its client completes sends nothing more, not even that it is complete', async () => {
    const { socket, stage } = await open()
    socket.subscribe('1', 'subscription { log }')
    await expect.poll(() => stage.readers).toBe(1)
    socket.send({ id: '1', type: 'complete' })
    await expect.poll(() => stage.readers).toBe(0)
    stage.emit(1)
    await expectNothing(socket)
  })

  test('that its client completes before it is executed sends nothing', async () => {
    const { socket, stage } = await open()
    socket.subscribe('query', '{ late(text: "too late") }')
    socket.subscribe('subscription', 'subscription { late }')
    socket.send({ id: 'query', type: 'complete' })
    socket.send({ id: 'subscription', type: 'complete' })
    await expectNothing(socket)
    await letGo(stage, 2)
    await expectNothing(socket)
    expect(stage.readers).toBe(0)
  })

  test('does not wait for others, nor they for it', async () => {
    const { socket, stage } = await open()
    socket.subscribe('slow', '{ late(text: "slow") }')
    socket.subscribe('state', 'subscription { state }')
    socket.subscribe('fast', '{ hello }')
    expect(await socket.next()).toMatchObject({ id: 'state', type: 'next' })
    expect(await socket.next()).toMatchObject({ id: 'fast', type: 'next' })
    expect(await socket.next()).toMatchObject({ id: 'fast', type: 'complete' })
    await letGo(stage, 1)
    expect(await socket.next()).toMatchObject({ id: 'slow', type: 'next', payload: { data: { late: 'slow' } } })
    expect(await socket.next()).toMatchObject({ id: 'slow', type: 'complete' })
  })
})

describe('an id', () => {
  test.each([
    ['a subscription', 'subscription { log }'],
    ['a query', '{ late(text: "x") }'],
    ['an operation that has not begun', 'subscription { late }'],
  ])('of %s cannot be used by another one', async (_what, query) => {
    const { socket } = await open()
    socket.subscribe('1', query)
    socket.subscribe('1', '{ hello }')
    expect(await socket.closed).toEqual({ code: 4409, reason: 'Subscriber for 1 already exists' })
  })

  test.each([
    ['a query', '{ late(text: "old") }'],
    ['a subscription', 'subscription { late }'],
  ])('that was completed while %s had not begun is free at once', async (_what, query) => {
    const { socket, stage } = await open()
    socket.subscribe('1', query)
    socket.send({ id: '1', type: 'complete' })
    socket.subscribe('1', 'subscription { log }')
    await expect.poll(() => stage.readers).toBe(1)
    await letGo(stage, 1)
    await expectNothing(socket)
    stage.emit(7)
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next', payload: { data: { log: 7 } } })
    await expectNothing(socket)
    socket.send({ id: '1', type: 'complete' })
    await expect.poll(() => stage.readers).toBe(0)
  })

  test('can be used by one operation after the other, however fast', async () => {
    const { socket, stage } = await open()
    for (let n = 0; n < 20; n += 1) {
      socket.subscribe('1', n % 2 ? 'subscription { late }' : `{ late(text: "${n}") }`)
      socket.send({ id: '1', type: 'complete' })
    }
    socket.subscribe('1', '{ late(text: "last") }')
    await expectNothing(socket)
    await letGo(stage, 21)
    expect(await socket.next()).toEqual({ id: '1', type: 'next', payload: { data: { late: 'last' } } })
    expect(await socket.next()).toEqual({ id: '1', type: 'complete' })
    await expectNothing(socket)
    expect(stage.readers).toBe(0)
  })

  test.each([
    ['quotes and backslashes', '"\\"\'\\u0022'],
    ['control characters', '\u0000\n\t\u001f\u007f'],
    ['characters of all lengths', 'aäあ😀\u2028'],
    ['half a surrogate pair', '\ud83d'],
    ['a name of JavaScript', '__proto__'],
    ['a number', '1e3'],
    ['128 characters', 'é'.repeat(128)],
  ])('can be %s', async (_what, id) => {
    const { socket, stage } = await open()
    socket.subscribe(id, '{ nothing }')
    expect(await socket.next()).toMatchObject({ id, type: 'error' })
    socket.subscribe(id, '{ hello }')
    expect(await socket.next()).toMatchObject({ id, type: 'next' })
    expect(await socket.next()).toEqual({ id, type: 'complete' })
    socket.subscribe(id, 'subscription { log }')
    await expect.poll(() => stage.readers).toBe(1)
    stage.emit(1)
    expect(await socket.next()).toMatchObject({ id, type: 'next', payload: { data: { log: 1 } } })
    socket.subscribe(id, '{ hello }')
    expect((await socket.closed).code).toBe(4409)
  })
})
