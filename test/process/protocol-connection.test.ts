import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket } from 'ws'
import { signTestToken } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts'
import { startSmallServer } from '../support/small-server.ts'

// What a connection may expect of graphql-transport-ws (PROTOCOL.md of graphql-ws), word by word over a bare socket.

const INVALID = { code: 4400, reason: 'Invalid message received' }

async function connected(): Promise<RawSocket> {
  const { wsUrl } = await startSmallServer()
  const socket = await openRawSocket(wsUrl)
  await socket.init({ token: await signTestToken('ann') })
  return socket
}

async function expectOpen(socket: RawSocket): Promise<void> {
  socket.send({ type: 'ping', payload: { barrier: true } })
  expect(await socket.next()).toEqual({ type: 'pong', payload: { barrier: true } })
}

describe('a connection', () => {
  test.each([
    ['without a payload', { type: 'connection_init' }],
    ['with null as its payload', { type: 'connection_init', payload: null }],
    ['with a payload of anything', { type: 'connection_init', payload: { a: [1, { b: null }] }, more: true }],
  ])('is acknowledged once, %s', async (_how, message) => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    socket.send(message)
    expect(await socket.next()).toMatchObject({ type: 'connection_ack', payload: { userId: null } })
    await expectOpen(socket)
  })

  test('says in its acknowledgement who connected, and until when', async () => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    const exp = Math.floor(Date.now() / 1_000) + 60
    const ack = await socket.init({ authToken: await signTestToken('ann', 'agent', { name: 'Ann', exp }) })
    expect(ack).toEqual({
      type: 'connection_ack',
      payload: {
        connectionId: expect.any(String),
        userId: 'ann',
        role: 'AGENT',
        name: 'Ann',
        expiresAt: new Date(exp * 1_000).toISOString(),
      },
    })
    socket.subscribe('1', '{ connection }')
    expect((await socket.next())['payload'].data.connection).toBe(ack['payload'].connectionId)
  })

  test('is closed with 4429 when it is initialised again', async () => {
    const socket = await connected()
    socket.send({ type: 'connection_init' })
    expect(await socket.closed).toEqual({ code: 4429, reason: 'Too many initialisation requests' })
  })

  test('is closed with 4429 when it is initialised again before it is acknowledged', async () => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    const token = await signTestToken('ann')
    for (let n = 0; n < 2; n += 1) socket.send({ type: 'connection_init', payload: { token } })
    expect((await socket.closed).code).toBe(4429)
  })

  test('is closed with 4401 when an operation comes before the acknowledgement', async () => {
    const { wsUrl } = await startSmallServer()
    const eager = await openRawSocket(wsUrl)
    eager.subscribe('1', '{ hello }')
    expect(await eager.closed).toEqual({ code: 4401, reason: 'Unauthorized' })
  })

  test.each([
    ['4401 for a token that is none', 'nonsense', { code: 4401 }],
    ['4403 for one that has expired', { exp: 1 }, { code: 4403, reason: 'Token expired' }],
  ])('is closed with %s', async (_what, token, end) => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    const text = typeof token === 'string' ? token : await signTestToken('ann', 'customer', token)
    socket.send({ type: 'connection_init', payload: { token: text } })
    expect(await socket.closed).toMatchObject(end)
  })

  test('is closed with 4408 when it is not initialised within three seconds', async () => {
    const clock = createManualClock(Date.now())
    const { wsUrl } = await startSmallServer({ clock })
    const silent = await openRawSocket(wsUrl)
    const polite = await openRawSocket(wsUrl)
    const chatty = await openRawSocket(wsUrl)
    await polite.init()
    await expectOpen(chatty)
    clock.advance(2_999)
    await expectOpen(silent)
    clock.advance(1)
    for (const { closed } of [silent, chatty]) {
      expect(await closed).toEqual({ code: 4408, reason: 'Connection initialisation timeout' })
    }
    await expectOpen(polite)
  })

  test.each(['', 'graphql-ws', 'chat'])('is closed with 4406 when it speaks "%s"', async (protocol) => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl, { protocol })
    expect(await socket.closed).toEqual({ code: 4406, reason: 'Subprotocol not acceptable' })
  })

  test('speaks graphql-transport-ws with who offers it among others', async () => {
    const { wsUrl } = await startSmallServer()
    const ws = new WebSocket(wsUrl, ['graphql-ws', 'graphql-transport-ws', 'chat'])
    onTestFinished(() => ws.terminate())
    await new Promise((resolve) => ws.once('open', resolve))
    expect(ws.protocol).toBe('graphql-transport-ws')
  })
})

describe('a ping', () => {
  test('is answered at once with its payload, before the connection is initialised, too', async () => {
    const { wsUrl } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    for (const payload of [{ n: 1 }, { text: '"\\ ü 😀 \u2028', deep: { list: [null, {}] } }, {}]) {
      socket.send({ type: 'ping', payload })
      expect(await socket.next()).toEqual({ type: 'pong', payload })
    }
    for (const message of [{ type: 'ping' }, { type: 'ping', payload: null }]) {
      socket.send(message)
      expect(await socket.next()).toEqual({ type: 'pong' })
    }
    await socket.init()
    await expectOpen(socket)
  })

  test('need not have been sent for a pong to be welcome', async () => {
    const socket = await connected()
    for (const payload of [undefined, null, {}, { ack: 1 }, { ack: {} }]) socket.send({ type: 'pong', payload })
    await expectOpen(socket)
  })
})

describe('a message', () => {
  test.each([
    ['that is no JSON', '{'],
    ['that is empty', ''],
    ['that is a list', '[{"type":"ping"}]'],
    ['that is a string', '"ping"'],
    ['that is null', 'null'],
    ['without a type', '{"id":"1"}'],
    ['of an unknown type', '{"type":"start","id":"1","payload":{"query":"{ hello }"}}'],
    ['of the server', '{"type":"next","id":"1","payload":{}}'],
    ['of the server about the connection', '{"type":"connection_ack"}'],
    ['with a type that is no string', '{"type":["ping"]}'],
    ['that pings with a text', '{"type":"ping","payload":"x"}'],
    ['that begins something without an id', '{"type":"subscribe","payload":{"query":"{ hello }"}}'],
    ['that begins something with an empty id', '{"type":"subscribe","id":"","payload":{"query":"{ hello }"}}'],
    ['that begins something with a number as its id', '{"type":"subscribe","id":1,"payload":{"query":"{ hello }"}}'],
    ['that begins nothing', '{"type":"subscribe","id":"1"}'],
    ['that begins something without a document', '{"type":"subscribe","id":"1","payload":{}}'],
    ['with a list of variables', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","variables":[]}}'],
    ['with a number as its name', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","operationName":1}}'],
    ['with a text as its extensions', '{"type":"subscribe","id":"1","payload":{"query":"{ hello }","extensions":"x"}}'],
    ['that completes something without an id', '{"type":"complete"}'],
  ])('%s closes the connection with 4400', async (_what, message) => {
    const socket = await connected()
    socket.send(message)
    expect(await socket.closed).toEqual(INVALID)
  })

  test('in bytes rather than text closes the connection with 4400', async () => {
    const socket = await connected()
    socket.ws.send(Buffer.from('{"type":"ping"}'), { binary: true })
    expect(await socket.closed).toEqual(INVALID)
  })

  test('that is not UTF-8 closes the connection with 1007, as RFC 6455 says', async () => {
    const socket = await connected()
    socket.ws.send(Buffer.from([0x22, 0xff, 0x22]), { binary: false })
    expect((await socket.closed).code).toBe(1007)
  })

  test('in many fragments is one message', async () => {
    const socket = await connected()
    const text = JSON.stringify({ type: 'ping', payload: { text: 'ü😀' } })
    const bytes = Buffer.from(text)
    for (const [index, byte] of bytes.entries())
      socket.ws.send(Buffer.of(byte), { binary: false, fin: index === bytes.length - 1 })
    expect(await socket.next()).toEqual({ type: 'pong', payload: { text: 'ü😀' } })
  })

  test('about an unknown id is ignored', async () => {
    const socket = await connected()
    for (const id of ['unknown', '__proto__', 'constructor']) socket.send({ type: 'complete', id })
    await expectOpen(socket)
  })

  test('behind one that closes the connection is not read', async () => {
    const { wsUrl, stage } = await startSmallServer()
    const socket = await openRawSocket(wsUrl)
    await socket.init({ token: await signTestToken('ann') })
    socket.send('nonsense')
    socket.subscribe('1', 'subscription { log }')
    expect(await socket.closed).toEqual(INVALID)
    expect(stage.readers).toBe(0)
  })
})

test('what is no WebSocket handshake is refused in HTTP', async () => {
  const { wsUrl } = await startSmallServer()
  const { hostname, port, pathname } = new URL(wsUrl)
  const answerTo = (version: number, key: string): Promise<string> =>
    new Promise((resolve) => {
      const tcp = connect(Number(port), hostname)
      onTestFinished(() => void tcp.destroy())
      tcp.once('data', (bytes) => resolve(String(bytes)))
      tcp.write(
        `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: ${version}\r\nSec-WebSocket-Key: ${key}\r\n\r\n`,
      )
    })
  expect(await answerTo(12, 'dGhlIHNhbXBsZSBub25jZQ==')).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect(await answerTo(13, 'short')).toMatch(/^HTTP\/1\.1 400 /)
})
