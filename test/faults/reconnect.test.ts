import { expect, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { followerId, openFollower } from '../support/followers.ts'
import { type HeraldProcess, startProcess } from '../support/process.ts'
import { freePort } from '../support/proxy.ts'
import { STOCK_CLIENTS } from '../support/stock-clients.ts'
import { makeTicket, sendEvent } from '../support/storm.ts'
import { tempFolder } from '../support/temp.ts'

const EVENTS = 500
/** A failure every so many events. */
const EVENTS_PER_FAULT = 10
const EVENT_MS = 20

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('unmodified clients miss nothing, whatever happens to their sockets and to the server', {
  timeout: 90_000,
}, async ({ annotate }) => {
  const env = { PORT: String(await freePort()), DATA_DIR: tempFolder() }
  const port = Number(env.PORT)
  let herald: HeraldProcess = await startProcess(env)
  const backend = await signTestToken('shop', 'backend')
  const names = Object.keys(STOCK_CLIENTS)
  const userIds = names.map(followerId)
  await makeTicket(herald.url, backend, userIds)
  const followers = await Promise.all(names.map((name) => openFollower(name, port)))

  const send = (number: number): Promise<void> => sendEvent(() => herald.url, backend, userIds, number)

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
