import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { connectDevice } from '../support/device.ts'
import { heldBufferBytes } from '../support/memory.ts'

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { number } } }'

/** A bare TCP client that can stop reading; collects the text of all frames. */
const openPausable = async (app: TestApp, token: string, query: string) => {
  const url = new URL(app.url)
  const socket = connect(Number(url.port), url.hostname)
  onTestFinished(() => void socket.destroy())
  let received = ''
  const waiting: (() => void)[] = []
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    for (const wake of waiting.splice(0)) wake()
  })
  const until = async (text: string): Promise<void> => {
    while (!received.includes(text)) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  const send = (message: unknown): void => {
    const payload = Buffer.from(JSON.stringify(message))
    const head =
      payload.length < 126 ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 0xff]
    socket.write(Buffer.concat([Buffer.from([...head, 0, 0, 0, 0]), payload]))
  }
  socket.write(
    `GET ${url.pathname} HTTP/1.1\r\nHost: ${url.host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  await until('101 ')
  send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  await until('connection_ack')
  send({ id: 'slow', type: 'subscribe', payload: { query } })
  return { socket, until, text: () => received }
}

test('a reader that pauses slows nobody, costs little memory, and gets everything in order when it reads again', {
  timeout: 60_000,
}, async () => {
  const app = await startTestApp({ env: { MAX_OPERATIONS_PER_SECOND: '100000' } })
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run('mutation { upsertTicket(input: { id: "42" }) { id } }')
  const say = (text: string) => backend.run(SEND, { input: { ticketId: '42', body: text } })
  const bob = await connectDevice(app, 'bob', 'agent')
  const start = (await bob.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages.resumeCursor
  const query = `subscription { ticketMessage(ticketId: "42", after: "${start}") { number body } }`
  const fast = bob.subscribe(query)
  const slow = await openPausable(app, await signTestToken('dora', 'agent'), query)
  await say('First')
  await slow.until('First')
  slow.socket.pause()

  const count = 300
  const padding = 'x'.repeat(40_000)
  const before = heldBufferBytes()
  for (let n = 0; n < count; n += 1) await say(`${n} ${padding}`)
  await fast.take(count + 1)
  // 12 MB were sent; what the reader has not taken is not kept for it.
  await expect.poll(() => heldBufferBytes() - before).toBeLessThan(6_000_000)

  slow.socket.resume()
  await slow.until(`"body":"${count - 1} `)
  const numbers = [...slow.text().matchAll(/"number":(\d+)/g)].map(([, number]) => Number(number))
  expect(numbers).toEqual(Array.from({ length: count + 1 }, (_, n) => n + 1))
})
