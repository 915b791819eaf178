import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { signTestToken, startTestApp, type TestApp } from '../support/app.ts'
import { createManualClock } from '../support/clock.ts'
import { connectDevice, type Device } from '../support/device.ts'
import { EITHER, EVERYTHING } from '../support/internals.ts'
import { heldBufferBytes } from '../support/memory.ts'
import { scrape } from '../support/metrics.ts'
import { watchServerSockets } from '../support/server-sockets.ts'
import { openStrictClient, type StrictClient } from '../support/strict-client.ts'

const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { number } } }'
const MESSAGES = 'subscription { ticketMessage(ticketId: "42") { number body } }'
const MESSAGE_BYTES = 40_000
const SOFT_LIMIT_BYTES = 256 * 1024
const PADDING = 'x'.repeat(MESSAGE_BYTES)

// biome-ignore lint/suspicious/noExplicitAny: messages are looked into freely by tests
type Message = any

/** A client that can stop reading, and the server's end of its connection. */
interface Reader {
  readonly client: StrictClient
  readonly served: Socket
  /** The next message; asked for an acknowledgement, it waits for the one behind. */
  next(): Promise<Message>
}

interface Scene {
  readonly app: TestApp
  readonly backend: Device
  /** Says something large. */
  say(text: string): Promise<unknown>
  connect(): Promise<Reader>
}

async function openScene(clock = createManualClock(Date.now()), internals = EVERYTHING): Promise<Scene> {
  const sockets = watchServerSockets()
  const app = await startTestApp({ clock, internals, env: { MAX_OPERATIONS_PER_SECOND: '100000' } })
  const backend = await connectDevice(app, 'shop', 'backend')
  await backend.run('mutation { upsertTicket(input: { id: "42", participants: [{ id: "alice" }] }) { id } }')
  return {
    app,
    backend,
    say: (text) => backend.run(SEND, { input: { ticketId: '42', body: `${text} ${PADDING}` } }),
    connect: async () => {
      const client = await openStrictClient(app.wsUrl)
      const next = async (): Promise<Message> => {
        const message = JSON.parse(await client.next())
        return message.type === 'ping' ? next() : message
      }
      client.send(JSON.stringify({ type: 'connection_init', payload: { token: await signTestToken('alice') } }))
      expect(await next()).toMatchObject({ type: 'connection_ack' })
      return { client, served: sockets.of(client.tcp), next }
    },
  }
}

function subscribe({ client }: Reader, id: string, query: string): void {
  client.send(JSON.stringify({ id, type: 'subscribe', payload: { query } }))
}

/** Everything that was sent before has been answered once this is: it waits for the database, too. */
async function settle(reader: Reader): Promise<void> {
  subscribe(reader, 'settle', '{ unreadCount { count } }')
  for (;;) if ((await reader.next()).type === 'complete') return
}

/** Stops reading and lets messages come until the server has fallen behind with it; returns how many. */
async function fallBehind({ say }: Scene, { client, served }: Reader): Promise<number> {
  client.tcp.pause()
  let said = 0
  while (served.writableLength <= SOFT_LIMIT_BYTES) {
    said += 1
    await say(`${said}`)
    expect(said).toBeLessThan(1_000)
  }
  return said
}

function numberOf(message: Message): number {
  return message.payload.data.ticketMessage.number
}

describe('for a reader that pauses', () => {
  test.each(EITHER)(
    'with %s, little waits, nobody else waits, and all comes in order when it reads again',
    async (_how, internals) => {
      const scene = await openScene(undefined, internals)
      const reader = await scene.connect()
      subscribe(reader, 'log', MESSAGES)
      await settle(reader)
      const bob = await connectDevice(scene.app, 'bob', 'agent')
      const after = (await bob.run('{ ticket(id: "42") { messages { resumeCursor } } }'))['ticket'].messages
        .resumeCursor
      const fast = bob.subscribe(`subscription { ticketMessage(ticketId: "42", after: "${after}") { number } }`)

      const count = (await fallBehind(scene, reader)) + 200
      const held = heldBufferBytes()
      const waiting: number[] = []
      for (let n = count - 200; n < count; n += 1) {
        await scene.say('More')
        waiting.push(reader.served.writableLength)
      }
      await fast.take(count)
      // The limit, and what may come in the turn that passes it.
      expect(Math.max(...waiting)).toBeLessThan(SOFT_LIMIT_BYTES + 2 * MESSAGE_BYTES)
      // 8 MB were said; what the reader has not taken is not kept for it.
      await expect.poll(() => heldBufferBytes() - held).toBeLessThan(3_000_000)

      reader.client.tcp.resume()
      for (let n = 1; n <= count; n += 1) expect(numberOf(await reader.next())).toBe(n)
    },
  )

  test('a state keeps nothing but its newest value', async () => {
    const scene = await openScene()
    const reader = await scene.connect()
    subscribe(reader, 'log', MESSAGES)
    subscribe(reader, 'state', 'subscription { unreadCount { count revision } }')
    expect(await reader.next()).toMatchObject({ id: 'state', payload: { data: { unreadCount: { count: 0 } } } })
    await settle(reader)

    const count = await fallBehind(scene, reader)
    const notify =
      'mutation { notify(input: { userIds: ["alice"], notification: { type: "a", title: "b" } }) { notificationId } }'
    for (let n = 0; n < 50; n += 1) await scene.backend.run(notify)
    reader.client.tcp.resume()
    const counts: number[] = []
    const numbers: number[] = []
    while (counts.at(-1) !== 50 || numbers.length < count) {
      const message = await reader.next()
      if (message.id === 'log') numbers.push(numberOf(message))
      else counts.push(message.payload.data.unreadCount.count)
    }
    // One can have been on its way when the socket fell behind.
    expect(counts.length).toBeLessThanOrEqual(2)
    expect(numbers).toEqual(Array.from({ length: count }, (_, n) => n + 1))
  })

  test('signals are dropped and counted, and come again when it reads', async () => {
    const scene = await openScene()
    const reader = await scene.connect()
    subscribe(reader, 'log', MESSAGES)
    subscribe(reader, 'signal', 'subscription { customEvent { name } }')
    await settle(reader)
    const tell = (name: string) =>
      scene.backend.run(`mutation { sendToUser(userId: "alice", event: "${name}") { id } }`)
    await tell('before')
    expect(await reader.next()).toMatchObject({ id: 'signal', payload: { data: { customEvent: { name: 'before' } } } })

    const count = await fallBehind(scene, reader)
    const dropped = async (): Promise<number> =>
      (await scrape(scene.app)).value('herald_signals_dropped_total') ?? Number.NaN
    const before = await dropped()
    for (let n = 0; n < 50; n += 1) await tell('missed')
    await expect.poll(dropped).toBe(before + 50)
    reader.client.tcp.resume()
    for (let n = 0; n < count; n += 1) expect((await reader.next()).id).toBe('log')
    await tell('after')
    expect(await reader.next()).toMatchObject({ id: 'signal', payload: { data: { customEvent: { name: 'after' } } } })
  })

  test('the socket is closed with 1013 when it takes nothing for 30 seconds, and it goes on where it was', async () => {
    const clock = createManualClock(Date.now())
    const scene = await openScene(clock)
    const reader = await scene.connect()
    const id = randomUUID()
    subscribe(reader, id, MESSAGES)
    await settle(reader)
    await scene.say('First')
    expect(numberOf(await reader.next())).toBe(1)
    clock.advance(1_000)
    const { type, payload } = JSON.parse(await reader.client.next())
    expect(type).toBe('ping')
    reader.client.send(JSON.stringify({ type: 'pong', payload }))
    await settle(reader)

    const count = 1 + (await fallBehind(scene, reader))
    /** A second in which it says something, so that it is not taken for dead. */
    const pass = async (): Promise<void> => {
      const { bytesRead } = reader.served
      reader.client.send(JSON.stringify({ type: 'pong' }))
      await expect.poll(() => reader.served.bytesRead).toBeGreaterThan(bytesRead)
      clock.advance(1_000)
    }
    for (let second = 0; second < 29; second += 1) await pass()
    expect(reader.served.writableEnded).toBe(false)
    const closes = async (): Promise<number> =>
      (await scrape(scene.app)).value('herald_websocket_closes_total{code="1013"}') ?? 0
    for (let second = 0; second < 2; second += 1) await pass()
    reader.client.tcp.resume()
    expect(await reader.client.closed).toBe(1013)
    await expect.poll(closes).toBe(1)

    const back = await scene.connect()
    subscribe(back, id, MESSAGES)
    for (let n = 2; n <= count; n += 1) expect(numberOf(await back.next())).toBe(n)
  })
})
