import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { frameText, operationId, shareMessage } from '../../src/delivery/message.ts'
import { EITHER, EVERYTHING } from '../support/internals.ts'
import { openWebSocketSink } from '../support/websocket-sink.ts'

/** Both ends of a WebSocket: the server's socket with a sink, and what the strict client of `ws` receives. */
async function connect(internals = EVERYTHING) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => client.terminate())
  const received: string[] = []
  const waiting: (() => void)[] = []
  client.on('message', (data, isBinary) => {
    expect(isBinary).toBe(false)
    received.push(String(data))
    for (const wake of waiting.splice(0)) wake()
  })
  const [ws, { socket: tcp }] = (await once(server, 'connection')) as [WebSocket, IncomingMessage]
  await (client.readyState === WebSocket.OPEN ? undefined : once(client, 'open'))
  const take = async (count: number): Promise<string[]> => {
    while (received.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    return received.splice(0, count)
  }
  return { ws, client, sink: openWebSocketSink(ws, tcp, internals), take }
}

const ID = '3f0b1c52-7a41-4b1e-9f0e-0b6f0f6a1c11'
const overhead = shareMessage('').text(operationId(ID)).length

function payloadOf(frameLength: number): string {
  return `"${'x'.repeat(frameLength - overhead - 2)}"`
}

describe('the frames of shared messages', () => {
  test.each([125, 126, 127, 65_534, 65_535, 65_536, 65_537, 1_000_000])(
    'are received whole with %i bytes of payload',
    async (length) => {
      const { sink, take } = await connect()
      const payload = payloadOf(length)
      sink.send(shareMessage(payload), operationId(ID))
      const [text] = await take(1)
      expect(text).toHaveLength(length)
      expect(JSON.parse(text ?? '')).toEqual({ id: ID, type: 'next', payload: JSON.parse(payload) })
    },
  )

  test('carry any text and any id', async () => {
    const { sink, take } = await connect()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ id: fc.string({ unit: 'grapheme' }), value: fc.jsonValue() }), {
          minLength: 1,
          maxLength: 8,
        }),
        async (messages) => {
          for (const { id, value } of messages) sink.send(shareMessage(JSON.stringify(value)), operationId(id))
          const texts = await take(messages.length)
          expect(texts.map((text) => JSON.parse(text))).toEqual(
            messages.map(({ id, value }) => ({ id, type: 'next', payload: JSON.parse(JSON.stringify(value)) })),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  test.each([10, 1_000, 16_384, 70_000])('are written once for all ids, with a payload of %i bytes', async (bytes) => {
    const { sink, take } = await connect()
    const messages = [0, 1].map((n) => shareMessage(JSON.stringify({ n, text: 'ü'.repeat(bytes / 2) })))
    const ids = [ID, 'short', ID.replace('3f', '4e'), 'mühsam']
    for (const id of ids) for (const message of messages) sink.send(message, operationId(id))
    const received = (await take(8)).map((text) => JSON.parse(text))
    expect(received.map(({ id, payload }) => [id, payload.n])).toEqual(ids.flatMap((id) => [0, 1].map((n) => [id, n])))
    expect(new Set(received.map(({ payload }) => payload.text))).toEqual(new Set(['ü'.repeat(bytes / 2)]))
  })

  test.each(EITHER)('with %s, keep their order with what ws sends itself', async (_how, internals) => {
    const { ws, client, sink, take } = await connect(internals)
    const pong = once(ws, 'pong')
    for (let n = 0; n < 50; n += 1) {
      sink.send(shareMessage(`${n}`), operationId(ID))
      if (n % 10 === 0) {
        sink.flush()
        ws.ping()
        ws.send(JSON.stringify({ own: n }))
      }
    }
    const own = (text: string): number => JSON.parse(text).own ?? JSON.parse(text).payload
    const texts = await take(55)
    expect(texts.map(own)).toEqual(Array.from({ length: 50 }, (_, n) => (n % 10 === 0 ? [n, n] : [n])).flat())
    await pong
    client.close()
  })

  test.each(EITHER)('with %s, overtake nothing that ws holds back', async (_how, internals) => {
    const { ws, sink, take } = await connect(internals)
    // Sent when it is read, which takes a turn.
    ws.send(new Blob(['{"id":"before"}']), { binary: false })
    sink.send(shareMessage('{"a":"ü"}'), operationId(ID))
    sink.flush()
    expect((await take(2)).map((text) => JSON.parse(text))).toEqual([
      { id: 'before' },
      { id: ID, type: 'next', payload: { a: 'ü' } },
    ])
  })

  test('go together with any other text, in order', async () => {
    const { sink, take } = await connect()
    const texts = ['{"type":"ping"}', 'ü', 'x'.repeat(126), 'y'.repeat(70_000)]
    for (const text of texts) {
      sink.send(frameText(text), operationId(ID))
      sink.send(shareMessage('1'), operationId(ID))
    }
    const result = JSON.stringify({ id: ID, type: 'next', payload: 1 })
    expect(await take(2 * texts.length)).toEqual(texts.flatMap((text) => [text, result]))
  })

  test('are dropped when the socket has closed', async () => {
    const { ws, client, sink } = await connect()
    client.terminate()
    await once(ws, 'close')
    sink.send(shareMessage('1'), operationId(ID))
    expect(() => sink.flush()).not.toThrow()
  })
})
