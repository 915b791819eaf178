import { type Kind, PEERS, sign } from './peers.ts'
import { openRawSocket, type RawSocket } from './sockets.ts'

// The load generator, a process of its own: connects, publishes, counts every delivery and samples latency.

/** What the parent asks for. */
export type Order =
  | {
      readonly do: 'connect'
      readonly peer: string
      readonly url: string
      readonly kind: Kind
      readonly clients: number
    }
  | { readonly do: 'saturate'; readonly ms: number; readonly outstanding: number }
  | { readonly do: 'pace'; readonly ms: number; readonly perSecond: number }
  | { readonly do: 'disconnect' }

/** What it answers. */
export interface Outcome {
  readonly events: number
  readonly deliveries: number
  readonly ms: number
  /** Milliseconds from publishing to receiving, of every delivery that was sampled. */
  readonly latencies: readonly number[]
  /** Deliveries that never came, came twice, or came out of order. */
  readonly faults: number
}

const MARK = Buffer.from('#')
const COMMA = Buffer.from(',')
const CONNECTIONS_AT_ONCE = 50
const SAMPLE_EVERY = 17
const PADDING = 'x'.repeat(100)

interface Client {
  socket: RawSocket | undefined
  last: number
  /** Called with the first message that is no event: the acknowledgement. */
  acknowledged: () => void
}

let clients: Client[] = []
let publishOne: (seq: number) => Promise<unknown> = async () => undefined
let sequence = 0
let faults = 0
let samples = 0
let latencies: number[] = []
const pending = new Map<number, { left: number; readonly done: () => void }>()

const onText =
  (client: Client, counter: Buffer, step: number) =>
  (payload: Buffer): void => {
    const start = payload.indexOf(MARK)
    if (start < 0) {
      client.acknowledged()
      return
    }
    const [seq = 0, sentAt = 0] = payload
      .toString('latin1', start + 1, payload.indexOf(MARK, start + 1))
      .split(' ')
      .map(Number)
    const place = payload.indexOf(counter) + counter.length
    const count = Number(payload.toString('latin1', place, payload.indexOf(COMMA, place)))
    if (client.last !== 0 && count !== client.last + step) faults += 1
    client.last = count
    if (++samples % SAMPLE_EVERY === 0) latencies.push(performance.timeOrigin + performance.now() - sentAt)
    const event = pending.get(seq)
    if (event && --event.left === 0) event.done()
  }

/** Publishes one event; resolves when every client has it. */
const event = async (): Promise<void> => {
  const seq = ++sequence
  const { promise, resolve } = Promise.withResolvers<void>()
  pending.set(seq, { left: clients.length, done: resolve })
  await publishOne(seq)
  await promise
  pending.delete(seq)
}

const connect = async ({ peer: name, url, kind, clients: count }: Extract<Order, { do: 'connect' }>): Promise<void> => {
  const peer = PEERS.find((other) => other.name === name)
  if (!peer) throw new Error(`No peer is called ${name}`)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${await sign('bench', 'backend')}` }
  const post = async (payload: unknown): Promise<void> => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(payload) })
    const text = await response.text()
    if (!response.ok || text.includes('"errors"')) throw new Error(text)
  }
  publishOne = (seq) =>
    post(peer.publish(kind, `#${seq} ${performance.timeOrigin + performance.now()}#${PADDING}`, count))
  if (name === 'Herald' && kind === 'ticket')
    await post({ query: 'mutation { upsertTicket(input: { id: "t" }) { id } }' })

  const counter = Buffer.from(`"${peer.counter(kind)}":`)
  // The peers count all events together, so one of a user's own stream is as many further as there are users.
  const step = kind === 'users' && name !== 'Herald' ? count : 1
  clients = Array.from({ length: count }, () => ({ socket: undefined, last: 0, acknowledged: () => {} }))
  sequence = 0
  for (let start = 0; start < count; start += CONNECTIONS_AT_ONCE) {
    await Promise.all(
      clients.slice(start, start + CONNECTIONS_AT_ONCE).map(async (client, offset) => {
        const options = {
          url: new URL(url),
          protocol: peer.protocol,
          onText: onText(client, counter, step),
          onClose: () => {},
        }
        client.socket = await openRawSocket(options)
        const [first = '', second] = await peer.hello(kind, start + offset)
        client.socket.send(first)
        await new Promise<void>((resolve) => {
          client.acknowledged = resolve
        })
        if (second) client.socket.send(second)
      }),
    )
  }
}

/** There is no acknowledgement of a subscription, so events are sent until one has reached everybody. */
const warmUp = async (): Promise<void> => {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    const isComplete = await Promise.race([
      event().then(() => true),
      new Promise((resolve) => setTimeout(resolve, 1_000, false)),
    ])
    if (isComplete) return
  }
  throw new Error('Not every client gets the events')
}

const measure = async (run: () => Promise<number>): Promise<Outcome> => {
  faults = 0
  latencies = []
  const start = performance.now()
  const events = await run()
  return { events, deliveries: events * clients.length, ms: performance.now() - start, latencies, faults }
}

/** A closed loop: so many events under way at any time. */
const saturate = (ms: number, outstanding: number): Promise<Outcome> =>
  measure(async () => {
    const end = performance.now() + ms
    let events = 0
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        await event()
        events += 1
      }
    }
    await Promise.all(Array.from({ length: outstanding }, worker))
    return events
  })

/** An open loop: events at a fixed rate, however long they take. */
const pace = (ms: number, perSecond: number): Promise<Outcome> =>
  measure(async () => {
    const count = Math.round((ms / 1_000) * perSecond)
    const start = performance.now()
    const events: Promise<void>[] = []
    for (let index = 0; index < count; index += 1) {
      const wait = start + (index * 1_000) / perSecond - performance.now()
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
      events.push(event())
    }
    await Promise.all(events)
    return count
  })

const obey = async (order: Order): Promise<Outcome | undefined> => {
  switch (order.do) {
    case 'connect':
      await connect(order)
      await warmUp()
      return undefined
    case 'saturate':
      return saturate(order.ms, order.outstanding)
    case 'pace':
      return pace(order.ms, order.perSecond)
    case 'disconnect':
      for (const { socket } of clients) socket?.close()
      return undefined
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (outcome) => process.send?.({ outcome }),
    (error: unknown) => process.send?.({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
