import { createClient } from 'graphql-ws'
import { expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Internals } from '../../src/delivery/ws-internals.ts'
import { signTestToken } from '../support/app.ts'
import { EITHER, EVERYTHING } from '../support/internals.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

const LIMIT = 1_000

async function connected(internals?: Internals) {
  const server = await startSmallServer({ limits: { requestBytes: LIMIT }, internals })
  const socket = await openRawSocket(server.wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  return { ...server, socket }
}

/** That it is open, and that messages come in the order of what was sent: whatever was to come before has come. */
async function expectOpen(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping', payload: { still: 'here' } })
  expect(await socket.next()).toEqual({ type: 'pong', payload: { still: 'here' } })
}

function refusalOf(id: string) {
  return {
    id,
    type: 'error',
    payload: [{ message: 'An operation must not have more than 1000 bytes.', extensions: { code: 'BAD_USER_INPUT' } }],
  }
}

function say(bytes: number) {
  return {
    query: 'mutation($text: String!) { say(text: $text) }',
    variables: { text: 'x'.repeat(bytes) },
  }
}

test('an operation over the limit is refused, and the subscriptions of stock clients go on', async () => {
  const { wsUrl, stage } = await startSmallServer()
  const token = await signTestToken('ann')
  let closes = 0
  const client = createClient({
    url: wsUrl,
    webSocketImpl: WebSocket,
    connectionParams: { token },
    on: {
      closed: () => {
        closes += 1
      },
    },
  })
  onTestFinished(() => void client.dispose())
  const results = client.iterate({ query: 'subscription { state }' })
  expect((await results.next()).value).toEqual({ data: { state: 0 } })
  for (const bytes of [1_100_000, 5_000_000]) {
    await expect(client.iterate(say(bytes)).next()).rejects.toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
    stage.emit(bytes)
    expect((await results.next()).value).toEqual({ data: { state: bytes } })
  }
  expect((await client.iterate(say(1_000_000)).next()).value).toEqual({ data: { say: 'x'.repeat(1_000_000) } })
  expect(stage.said).toHaveLength(1)
  expect(closes).toBe(0)
})

function ofLength(length: number): string {
  const message = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ hello }' } })
  return message + ' '.repeat(length - message.length)
}

test('the limit is exact, and nothing of what is over it is kept', async () => {
  const { socket } = await connected()
  socket.send(ofLength(LIMIT))
  expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
  expect(await socket.next()).toMatchObject({ id: '1', type: 'complete' })
  socket.send(ofLength(LIMIT + 1))
  expect(await socket.next()).toEqual(refusalOf('1'))
  await expectOpen(socket)
})

test.each([
  ['before everything else', (id: string, payload: object) => ({ id, type: 'subscribe', payload })],
  ['behind the type', (id: string, payload: object) => ({ type: 'subscribe', id, payload })],
  ['behind everything else', (id: string, payload: object) => ({ type: 'subscribe', payload, id })],
  ['behind the payload', (id: string, payload: object) => ({ payload, id, type: 'subscribe' })],
])('the id is found %s', async (_where, message) => {
  const { socket } = await connected()
  for (const id of ['1', 'a "quoted" \\ one', 'ü😀', crypto.randomUUID()]) {
    socket.send(message(id, { ...say(3_000), extensions: { id: 'not this one' } }))
    expect(await socket.next()).toEqual(refusalOf(id))
  }
  await expectOpen(socket)
})

test('fragments are counted together, and what comes between them is answered', async () => {
  const { socket } = await connected()
  const bytes = Buffer.from(JSON.stringify({ type: 'subscribe', id: 'ü-1', payload: say(20_000) }))
  for (const size of [1, 7, 600, 999, 5_000]) {
    for (let at = 0; at < bytes.length && at < size * 40; at += size) {
      const isLast = at + size >= bytes.length || at + size >= size * 40
      if (isLast) socket.ws.ping()
      socket.ws.send(isLast ? bytes.subarray(at) : bytes.subarray(at, at + size), { binary: false, fin: isLast })
    }
    expect(await socket.next()).toEqual(refusalOf('ü-1'))
  }
  await expectOpen(socket)
})

test('an operation of the same connection is answered as if nothing had been', async () => {
  const { socket, stage } = await connected()
  socket.subscribe('log', 'subscription { log }')
  await expect.poll(() => stage.readers).toBe(1)
  for (let id = 0; id < 20; id += 1) socket.send({ id: `${id}`, type: 'subscribe', payload: say(10_000) })
  socket.subscribe('after', '{ hello }')
  for (let id = 0; id < 20; id += 1) expect(await socket.next()).toEqual(refusalOf(`${id}`))
  expect(await socket.next()).toMatchObject({ id: 'after', type: 'next' })
  expect(await socket.next()).toMatchObject({ id: 'after', type: 'complete' })
  stage.emit(1)
  expect(await socket.next()).toMatchObject({ id: 'log', payload: { data: { log: 1 } } })
})

test('what begins no operation closes the connection, as any message does that is none of the protocol', async () => {
  const messages = [
    { type: 'ping', payload: { text: 'x'.repeat(3_000) } },
    { type: 'subscribe', payload: say(3_000) },
    [{ id: '1', ...say(3_000) }],
    'x'.repeat(3_000),
  ]
  for (const message of messages) {
    const { socket } = await connected()
    socket.send(JSON.stringify(message))
    expect(await socket.closed).toEqual({ code: 4400, reason: 'Message too large' })
  }
  const { socket } = await connected()
  socket.ws.send(Buffer.alloc(3_000), { binary: true })
  expect((await socket.closed).code).toBe(4400)
})

test('what is beyond all measure closes the connection with a code that clients retry', async () => {
  const { socket } = await connected()
  socket.send({ id: '1', type: 'subscribe', payload: say(65 * LIMIT) })
  expect((await socket.closed).code).toBe(1013)
  const fragments = await connected()
  for (let sent = 0; sent < 70; sent += 1) {
    fragments.socket.ws.send('x'.repeat(LIMIT), { fin: false })
  }
  expect((await fragments.socket.closed).code).toBe(1013)
})

test.each([...EITHER, ['all but the skipping of messages', { ...EVERYTHING, canSkip: false }] as const])(
  'with %s, what is within the limit is answered, and nothing comes of a larger message',
  async (_how, internals) => {
    const { socket, stage } = await connected(internals)
    socket.send(ofLength(LIMIT))
    expect(await socket.next()).toMatchObject({ id: '1', type: 'next' })
    expect(await socket.next()).toMatchObject({ id: '1', type: 'complete' })
    socket.send({ id: '2', type: 'subscribe', payload: say(LIMIT) })
    if (internals.canSkip) {
      expect(await socket.next()).toEqual(refusalOf('2'))
      await expectOpen(socket)
    } else {
      // That of ws itself.
      expect((await socket.closed).code).toBe(1009)
    }
    expect(stage.said).toEqual([])
  },
)
