import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { type HeraldProcess, post, startProcess } from '../support/process.ts'
import { freePort, type Network, openProxy } from '../support/proxy.ts'
import { openStockSocket, STOCK_CLIENTS } from '../support/stock-clients.ts'
import { tempFolder } from '../support/temp.ts'

const EVENTS = 500
/** A failure every so many events. */
const EVENTS_PER_FAULT = 10
const EVENT_MS = 20

const NOTIFICATIONS = 'subscription { notificationAdded { id title } }'
const MESSAGES = 'subscription ($id: ID!) { ticketMessage(ticketId: $id) { id body } }'
const NOTIFY = 'mutation ($input: NotifyInput!) { notify(input: $input) { notificationId } }'
const SEND = 'mutation ($input: SendTicketMessageInput!) { sendTicketMessage(input: $input) { message { id } } }'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What one client got of one subscription. */
interface Received {
  /** The numbers of events, in the order of their first arrival. */
  readonly numbers: number[]
  readonly seen: Set<number>
  repeats: number
}

const receive = (received: Received, text: unknown): void => {
  const number = Number(text)
  if (received.seen.has(number)) {
    if (number >= 0) received.repeats += 1
    return
  }
  received.seen.add(number)
  if (number >= 0) received.numbers.push(number)
}

interface Follower {
  readonly name: string
  readonly userId: string
  readonly proxy: Network
  readonly notifications: Received
  readonly messages: Received
  readonly errors: unknown[]
  connections: number
}

const newReceived = (): Received => ({ numbers: [], seen: new Set(), repeats: 0 })

const openFollower = async (name: string, port: number): Promise<Follower> => {
  const userId = name.toLowerCase().replaceAll(' ', '-')
  const proxy = await openProxy(port)
  const follower: Follower = {
    name,
    userId,
    proxy,
    notifications: newReceived(),
    messages: newReceived(),
    errors: [],
    connections: 0,
  }
  const socket = openStockSocket(`ws://127.0.0.1:${proxy.port}/graphql`, await signTestToken(userId), () => {
    follower.connections += 1
  })
  const follow = STOCK_CLIENTS[name]!(socket)
  const fail = (error: unknown): void => void follower.errors.push(error)
  // biome-ignore lint/suspicious/noExplicitAny: the shape of a result is what the documents above ask for
  follow(NOTIFICATIONS, {}, (data: any) => receive(follower.notifications, data.notificationAdded.title), fail)
  // biome-ignore lint/suspicious/noExplicitAny: as above
  follow(MESSAGES, { id: '42' }, (data: any) => receive(follower.messages, data.ticketMessage.body), fail)
  return follower
}

test('unmodified clients miss nothing, whatever happens to their sockets and to the server', {
  timeout: 90_000,
}, async ({ annotate }) => {
  const env = { PORT: String(await freePort()), DATA_DIR: tempFolder() }
  const port = Number(env.PORT)
  let herald: HeraldProcess = await startProcess(env)
  const backend = await signTestToken('shop', 'backend')
  const names = Object.keys(STOCK_CLIENTS)
  const userIds = names.map((name) => name.toLowerCase().replaceAll(' ', '-'))
  const participants = userIds.map((id) => `{ id: "${id}" }`).join(' ')
  await post(
    herald.url,
    backend,
    `mutation { upsertTicket(input: { id: "42", participants: [${participants}] }) { id } }`,
  )
  const followers = await Promise.all(names.map((name) => openFollower(name, port)))

  /** Sends one event until it was taken; keys make that once. */
  const send = async (number: number): Promise<void> => {
    const body = String(number)
    const input = { userIds, notification: { type: 'test.event', title: body }, idempotencyKey: body }
    for (;;) {
      try {
        await post(herald.url, backend, NOTIFY, { input })
        await post(herald.url, backend, SEND, { input: { ticketId: '42', body, clientMessageId: body } })
        return
      } catch (error) {
        // Nobody answered.
        if (!(error instanceof TypeError)) throw error
        await sleep(50)
      }
    }
  }

  const streams = followers.flatMap(({ notifications, messages }) => [notifications, messages])
  for (let warmUp = -1; streams.some(({ seen }) => seen.size === 0); warmUp -= 1) {
    await send(warmUp)
    await sleep(100)
  }

  const faults = { reset: 0, terminated: 0, 'half-open': 0, stalled: 0, 'closed with 1012': 0, 'kill -9': 0 }
  const restart = async (signal: NodeJS.Signals): Promise<void> => {
    await herald.stop(signal)
    herald = await startProcess(env)
  }
  const cut = (turn: number): void => {
    const { proxy } = followers[Math.floor(turn / 4) % followers.length]!
    const kind = (['reset', 'terminated', 'half-open', 'stalled'] as const)[turn % 4]!
    faults[kind] += 1
    if (kind === 'reset') proxy.reset()
    if (kind === 'terminated') proxy.end()
    if (kind === 'half-open') proxy.halfOpen()
    if (kind !== 'stalled') return
    proxy.stall()
    setTimeout(proxy.halfOpen, 300)
  }

  let restarting: Promise<void> = Promise.resolve()
  const startedAt = Date.now()
  for (let number = 0; number < EVENTS; number += 1) {
    await send(number)
    if (number % EVENTS_PER_FAULT === 5) cut(Math.floor(number / EVENTS_PER_FAULT))
    if (number % 200 === 60) {
      faults['kill -9'] += 1
      restarting = restart('SIGKILL')
    }
    if (number % 200 === 160) {
      faults['closed with 1012'] += 1
      restarting = restart('SIGTERM')
    }
    await sleep(EVENT_MS)
  }
  await restarting
  const seconds = (Date.now() - startedAt) / 1_000

  const expected = Array.from({ length: EVENTS }, (_, number) => number)
  const isComplete = (): boolean => streams.every(({ numbers }) => numbers.length >= EVENTS)
  for (let waited = 0; waited < 10_000 && !isComplete(); waited += 100) await sleep(100)

  const reports = followers.map(({ name, notifications, messages, connections }) => ({
    name,
    connections,
    missing: 2 * EVENTS - notifications.numbers.length - messages.numbers.length,
    repeats: notifications.repeats + messages.repeats,
  }))
  console.error(JSON.stringify({ events: 2 * EVENTS, seconds, faults, reports }));
  await annotate(JSON.stringify({ events: 2 * EVENTS, seconds, faults, reports }))

  for (const { notifications, messages, errors } of followers) {
    expect(errors).toEqual([])
    expect(notifications.numbers).toEqual(expected)
    expect(messages.numbers).toEqual(expected)
  }
  // An acknowledgement is asked for within a second and stored within another one.
  const perSecond = (2 * EVENTS) / seconds
  for (const { repeats, connections } of reports) expect(repeats).toBeLessThan(3 * perSecond * connections)
})
