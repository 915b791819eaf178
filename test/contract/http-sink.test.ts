import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import {
  HttpSink,
  multipart,
  type StreamEncoding,
  serverSentEvents,
  sharedServerSentEvents,
} from '../../src/delivery/http-sink.ts'
import { operationId, shareMessage } from '../../src/delivery/message.ts'

const ID = operationId('')

/** A response on the server, and the client's end of its connection. */
async function open(encoding: StreamEncoding = serverSentEvents) {
  const server = createServer()
  onTestFinished(() => void server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const tcp = connect((server.address() as AddressInfo).port, '127.0.0.1')
  onTestFinished(() => void tcp.destroy())
  const requested = once(server, 'request')
  tcp.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
  const [, response] = (await requested) as [unknown, ServerResponse]
  let text = ''
  tcp.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  const sink = new HttpSink(response, encoding)
  sink.open()
  /** The chunks of the body that have come, once `isThere`. */
  const chunks = async (isThere: (text: string) => boolean): Promise<readonly string[]> => {
    while (!isThere(text)) await setImmediate()
    const body = text.slice(text.indexOf('\r\n\r\n') + 4)
    return body.split(/(?:^|\r\n)[\da-f]+\r\n/).slice(1)
  }
  return { sink, tcp, response, chunks }
}

function message(n: number) {
  return shareMessage(JSON.stringify({ data: { n } }))
}

test('what is sent in one turn of the event loop goes out in one chunk, in order', async () => {
  const { sink, chunks } = await open()
  await setImmediate()
  for (let n = 0; n < 50; n += 1) sink.send(message(n), ID)
  const events = Array.from({ length: 50 }, (_, n) => `event: next\ndata: {"data":{"n":${n}}}\n\n`).join('')
  expect(await chunks((text) => text.includes('"n":49'))).toEqual([':\n\n', `${events}\r\n`])
})

test.each([
  ['server-sent events', serverSentEvents, 'event: complete\ndata:\n\n'],
  ['multipart', multipart, '--\r\n'],
])('the end of %s stands behind everything that was sent before it', async (_, encoding, ending) => {
  const { sink, tcp, chunks } = await open(encoding)
  sink.send(message(1), ID)
  sink.complete(ID)
  sink.end()
  await once(tcp, 'end')
  const body = (await chunks(() => true)).join('')
  expect(body.indexOf('"n":1')).toBeGreaterThan(0)
  expect(body.trimEnd().endsWith(ending.trimEnd())).toBe(true)
  sink.send(message(2), ID)
  sink.heartbeat()
  sink.end()
})

test('who does not read is slow, and has room again when everything was taken', async () => {
  const { sink, tcp, response } = await open()
  tcp.pause()
  const large = shareMessage(JSON.stringify({ data: 'x'.repeat(100_000) }))
  expect(sink.isSlow()).toBe(false)
  await sink.waitForRoom()
  while (!sink.isSlow()) {
    sink.send(large, ID)
    await setImmediate()
  }
  let hasRoom = false
  const room = sink.waitForRoom().then(() => {
    hasRoom = true
  })
  const before = response.writableLength
  sink.heartbeat()
  expect(response.writableLength).toBe(before)
  for (let turn = 0; turn < 20; turn += 1) await setImmediate()
  expect(hasRoom).toBe(false)
  tcp.resume()
  await room
  expect(sink.isSlow()).toBe(false)
})

test.each([
  ['of one operation', serverSentEvents],
  ['of many operations', sharedServerSentEvents],
])('a result is encoded once for all who get it, on streams %s', async (_, encoding) => {
  const [one, other] = [await open(encoding), await open(encoding)]
  const shared = message(1)
  expect(one.sink.encoding.result(shared)).toBe(other.sink.encoding.result(shared))
})

test('on a stream of many operations each event says whose it is, whatever the id', async () => {
  const { sink, chunks } = await open(sharedServerSentEvents)
  const ids = ['1', 'ä "quoted"', '2\n\nevent: complete']
  for (const id of ids) sink.send(shareMessage('{"data":{"n":1}}', 'a-cursor'), operationId(id))
  sink.complete(operationId('1'))
  const events = ids.map((id) => `event: next\ndata: {"id":${JSON.stringify(id)},"payload":{"data":{"n":1}}}\n\n`)
  const text = (await chunks((come) => come.includes('complete\ndata:'))).join('')
  expect(text).toContain(`${events.join('')}event: complete\ndata: {"id":"1"}\n\n`)
})

test('what is sent when the client has gone is dropped', async () => {
  const { sink, tcp, response } = await open()
  const closed = once(response, 'close')
  tcp.destroy()
  await closed
  sink.send(message(1), ID)
  sink.end()
  expect(response.destroyed).toBe(true)
})
