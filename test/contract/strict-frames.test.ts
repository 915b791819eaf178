import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { operationId, shareMessage } from '../../src/delivery/message.ts'
import type { WebSocketSink } from '../../src/delivery/websocket-sink.ts'
import { OPCODES } from '../support/frame-reader.ts'
import { openEnds, openWebSocketSink } from '../support/websocket-sink.ts'

/** Both ends, the server's with a sink. */
async function connect() {
  const { ws, tcp, client } = await openEnds()
  return { ws, sink: openWebSocketSink(ws, tcp), client }
}

function push(sink: WebSocketSink, id: string, payload: unknown): void {
  sink.send(shareMessage(JSON.stringify(payload)), operationId(id))
}

/** Lets the sink write past `ws`, or not: then messages must go through `ws.send`. */
function setPlain(sink: WebSocketSink, writesPast: boolean): void {
  Object.assign(sink, { writesPast })
}

function lengthsAround(...lengths: readonly number[]): number[] {
  return lengths.flatMap((n) => [n - 1, n, n + 1])
}

describe('the frames that are written past ws', () => {
  test.each([
    ['an id of any length', lengthsAround(1, 60, 90, 100, 126, 1_000, 65_400, 65_500), [2]],
    ['a payload of any length', [5], lengthsAround(60, 90, 100, 16_384, 65_450, 65_500, 65_534, 70_000)],
    ['both', [64, 125, 65_520], [64, 16_384, 65_535]],
  ])('have the shortest lengths, with %s', async (_what, idLengths, payloadLengths) => {
    const { sink, client } = await connect()
    for (const idLength of idLengths) {
      for (const length of payloadLengths) {
        const id = 'i'.repeat(idLength)
        const payload = 'p'.repeat(Math.max(0, length - 2))
        push(sink, id, payload)
        expect(JSON.parse(await client.next())).toEqual({ id, type: 'next', payload })
      }
    }
  })

  test('cover every length around which the head of a frame changes', async () => {
    const { sink, client } = await connect()
    const around = [...lengthsAround(125, 126, 65_535, 65_536)]
    const overhead = Buffer.byteLength(shareMessage('""').text(operationId('x')))
    // By the id, so that messages of one fragment and the heads of those of two are both met.
    for (const payload of ['', 'p'.repeat(20_000)]) {
      for (const length of around) {
        const idLength = length - overhead + 1 - (payload === '' ? 0 : -3)
        push(sink, 'i'.repeat(Math.max(1, idLength)), payload)
        await client.next()
      }
    }
    const lengths = new Set(client.frames.map((frame) => frame.payload.length))
    for (const length of around) expect(lengths).toContain(length)
  })

  test('keep their order with everything that ws sends, whatever the client sends meanwhile', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('push' as const),
        bytes: fc.oneof(fc.nat(200), fc.integer({ min: 16_000, max: 70_000 })),
      }),
      fc.record({
        kind: fc.constantFrom(
          'flush' as const,
          'send' as const,
          'ping' as const,
          'pong' as const,
          'clientPing' as const,
        ),
      }),
      fc.record({ kind: fc.constantFrom('plain' as const, 'stock' as const, 'turn' as const) }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
        const { ws, sink, client } = await connect()
        const sent: string[] = []
        for (const one of steps) {
          const label = `${sent.length} ü😀`
          if (one.kind === 'push') {
            sent.push(label)
            push(sink, label, 'ü'.repeat(one.bytes / 2))
          }
          if (one.kind === 'send') {
            sink.flush()
            sent.push(label)
            ws.send(JSON.stringify({ id: label }))
          }
          if (one.kind === 'flush') sink.flush()
          if (one.kind === 'ping') ws.ping(label)
          if (one.kind === 'pong') ws.pong()
          if (one.kind === 'clientPing') client.ping(Buffer.from(label))
          if (one.kind === 'plain' || one.kind === 'stock') setPlain(sink, one.kind === 'plain')
          if (one.kind === 'turn') await new Promise((resolve) => setImmediate(resolve))
        }
        sink.flush()
        for (const label of sent) expect(JSON.parse(await client.next()).id).toBe(label)
        ws.close(4_001, 'over')
        expect(await client.closed).toBe(4_001)
        client.tcp.destroy()
      }),
      { numRuns: 60 },
    )
  })

  test('end with the close frame, whatever is pushed behind it', async () => {
    const { ws, sink, client } = await connect()
    push(sink, 'before', 'p'.repeat(20_000))
    sink.flush()
    ws.close(1_012, 'Service restart')
    for (const payload of ['late', 'p'.repeat(20_000)]) push(sink, 'behind', payload)
    sink.flush()
    expect(JSON.parse(await client.next()).id).toBe('before')
    expect(await client.closed).toBe(1_012)
    await once(ws, 'close')
    await expect(client.next()).rejects.toThrow('The connection has ended')
    expect(client.frames.at(-1)?.opcode).toBe(OPCODES.close)
  })

  test('stay whole when the client reads nothing for a while and control frames come between', async () => {
    const { ws, sink, client } = await connect()
    client.tcp.pause()
    const count = 400
    for (let n = 0; n < count; n += 1) {
      push(sink, `${n}`, 'ü'.repeat(n % 2 ? 40 : 50_000))
      sink.flush()
      ws.ping(`${n}`)
    }
    expect(ws.bufferedAmount).toBeGreaterThan(0)
    client.tcp.resume()
    for (let n = 0; n < count; n += 1) expect(JSON.parse(await client.next()).id).toBe(`${n}`)
    ws.close(1_000)
    await client.closed
    const pings = client.frames.filter(({ opcode }) => opcode === OPCODES.ping).map(({ payload }) => String(payload))
    expect(pings).toEqual(Array.from({ length: count }, (_, n) => `${n}`))
  })
})

describe('where ws has agreed on something with the client that changes frames', () => {
  test('messages go through ws, in their order', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } })
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
    onTestFinished(() => client.terminate())
    const received: string[] = []
    const done = Promise.withResolvers<void>()
    client.on('message', (data) => {
      if (received.push(JSON.parse(String(data)).id) === 60) done.resolve()
    })
    client.on('error', done.reject)
    const [ws, { socket: tcp }] = (await once(server, 'connection')) as [WebSocket, IncomingMessage]
    expect(ws.extensions).toContain('permessage-deflate')
    const sink = openWebSocketSink(ws, tcp)
    for (let n = 0; n < 60; n += 1) {
      if (n % 3 === 0) {
        sink.flush()
        ws.send(JSON.stringify({ id: `${n}` }))
      } else push(sink, `${n}`, 'ü'.repeat(n % 2 ? 4 : 20_000))
    }
    await done.promise
    expect(received).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`))
  })
})
