import { performance } from 'node:perf_hooks'
import { WebSocket } from 'ws'

// The process of `neighbour.ts`: somebody who is told something twenty times a second, in a process of its own, so that whoever
// attacks in the tests' process does not slow the clock.

/** What is sent to the process: where to begin, or what to report. */
export interface NeighbourOrder {
  readonly begin?: { readonly url: string; readonly wsUrl: string; readonly token: string; readonly backend: string }
  /** What became of all that was sent in the next milliseconds. */
  readonly measureMs?: number
}

/** What became of the notifications that were sent in some time. */
export interface Measured {
  /** How long each took from the backend's request to the neighbour's socket, in milliseconds. */
  readonly delays: readonly number[]
  /** How many had not come after ten seconds. */
  readonly lost: number
  /** Why notifications were refused. */
  readonly refused: readonly string[]
  /** How many were not looked at, because this process itself had to wait for the machine. */
  readonly disturbed: number
}

interface Sent {
  readonly at: number
  /** How late this process was at the worst, from then on until it had come. */
  late: number
  delay: number | undefined
  refusal: string | undefined
}

const EVERY_MS = 50
const TICK_MS = 10
/** Whoever is woken so much later than it asked for cannot time others. */
const LATE_MS = 25
const LOST_MS = 10_000
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'

const sent: Sent[] = []
const open = new Map<string, Sent>()

/** How late this process is woken, on the account of all that are under way. */
function watchOwnDelay(): void {
  let expected = performance.now() + TICK_MS
  setInterval(() => {
    const late = performance.now() - expected
    expected = performance.now() + TICK_MS
    for (const one of open.values()) one.late = Math.max(one.late, late)
  }, TICK_MS)
}

function follow({ wsUrl, token }: NonNullable<NeighbourOrder['begin']>): Promise<void> {
  const ws = new WebSocket(wsUrl, 'graphql-transport-ws')
  ws.on('open', () => ws.send(JSON.stringify({ type: 'connection_init', payload: { token } })))
  ws.on('close', (code, reason) => {
    throw new Error(`The neighbour was closed with ${code} ${reason}`)
  })
  const query = 'subscription { notificationAdded { title } }'
  return new Promise((resolve) => {
    ws.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data))
      if (type === 'ping') return ws.send(JSON.stringify({ type: 'pong', payload }))
      if (type === 'connection_ack') {
        ws.send(JSON.stringify({ id: 'log', type: 'subscribe', payload: { query } }))
        ws.send(JSON.stringify({ id: 'begun', type: 'subscribe', payload: { query: '{ me { id } }' } }))
        return undefined
      }
      const title = payload?.data?.notificationAdded?.title
      const one = open.get(title)
      if (one) one.delay = performance.now() - one.at
      open.delete(title)
      return type === 'complete' ? resolve() : undefined
    })
  })
}

async function send({ url, backend }: NonNullable<NeighbourOrder['begin']>): Promise<void> {
  const title = `${sent.length}`
  const one: Sent = { at: performance.now(), late: 0, delay: undefined, refusal: undefined }
  sent.push(one)
  open.set(title, one)
  const input = { userIds: ['neighbour'], notification: { type: 'a.b', title } }
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${backend}` },
    body: JSON.stringify({ query: NOTIFY, variables: { input } }),
  })
  const text = await response.text()
  if (response.status === 200 && !text.includes('"errors"')) return
  one.refusal = `${response.status} ${text.slice(0, 300)}`
  open.delete(title)
}

async function begin(order: NonNullable<NeighbourOrder['begin']>): Promise<void> {
  watchOwnDelay()
  await follow(order)
  setInterval(() => {
    const one = sent.length
    send(order).catch((error: Error) => {
      sent[one]!.refusal = `${error.message} ${error.cause ?? ''}`
      open.delete(`${one}`)
    })
  }, EVERY_MS)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function measure(ms: number): Promise<Measured> {
  const first = sent.length
  await sleep(ms)
  const some = sent.slice(first)
  const isOpen = ({ delay, refusal }: Sent): boolean => delay === undefined && refusal === undefined
  for (let waited = 0; waited < LOST_MS && some.some(isOpen); waited += TICK_MS) await sleep(TICK_MS)
  const timely = some.filter(({ delay, late }) => delay !== undefined && late < LATE_MS)
  return {
    delays: timely.map(({ delay }) => delay ?? 0),
    lost: some.filter(isOpen).length,
    refused: some.flatMap(({ refusal }) => refusal ?? []),
    disturbed: some.filter(({ delay, late }) => delay !== undefined && late >= LATE_MS).length,
  }
}

process.on('disconnect', () => process.exit())
process.on('message', async ({ begin: place, measureMs }: NeighbourOrder) => {
  if (place) await begin(place)
  process.send?.(measureMs === undefined ? {} : await measure(measureMs))
})
