import { expect, onTestFinished, test } from 'vitest'
import { signTestToken } from '../support/app.ts'
import { followerId, openFollower } from '../support/followers.ts'
import { nodeEnvironment } from '../support/nodes.ts'
import { openPostgresServer } from '../support/postgres-server.ts'
import { type HeraldProcess, startProcess } from '../support/process.ts'
import { useRedis } from '../support/redis.ts'
import { STOCK_CLIENTS } from '../support/stock-clients.ts'
import { makeTicket, sendEvent } from '../support/storm.ts'

const EVENTS = 240
/** A node is killed every so many events. */
const EVENTS_PER_KILL = 60
const EVENT_MS = 20

const redis = useRedis()
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

test('unmodified clients that move from a killed node to another one miss nothing', {
  timeout: 120_000,
}, async ({ annotate }) => {
  const postgres = await openPostgresServer()
  onTestFinished(postgres.close)
  const env = { ...nodeEnvironment(redis.url()), DATABASE_URL: postgres.url, REDIS_LEASE_MS: '1500' }
  let [serving, next]: HeraldProcess[] = await Promise.all([startProcess(env), startProcess(env)])
  const current = (): HeraldProcess => serving as HeraldProcess
  const backend = await signTestToken('shop', 'backend')
  const names = Object.keys(STOCK_CLIENTS)
  const userIds = names.map(followerId)
  await makeTicket(current().url, backend, userIds)
  const followers = await Promise.all(
    names.map((name) => openFollower(name, () => Number(new URL(current().url).port))),
  )
  const streams = followers.flatMap(({ notifications, messages }) => [notifications, messages])
  const send = (number: number): Promise<void> => sendEvent(() => current().url, backend, userIds, number)

  for (let warmUp = -1; streams.some(({ seen }) => seen.size === 0); warmUp -= 1) {
    await send(warmUp)
    await sleep(100)
  }

  let starting: Promise<unknown> = Promise.resolve()
  /** Everybody goes to the other node; a new one takes the place of the dead one. */
  const fail = async (): Promise<void> => {
    await starting
    const dying = current()
    serving = next
    await dying.stop('SIGKILL')
    starting = startProcess(env).then((started) => {
      next = started
    })
  }
  for (let number = 0; number < EVENTS; number += 1) {
    await send(number)
    if (number % EVENTS_PER_KILL === EVENTS_PER_KILL / 2) await fail()
    await sleep(EVENT_MS)
  }
  await starting

  const isComplete = (): boolean => streams.every(({ numbers }) => numbers.length >= EVENTS)
  for (let waited = 0; waited < 15_000 && !isComplete(); waited += 100) await sleep(100)
  const reports = followers.map(({ name, notifications, messages, connections }) => ({
    name,
    connections,
    missing: 2 * EVENTS - notifications.numbers.length - messages.numbers.length,
    repeats: notifications.repeats + messages.repeats,
  }))
  await annotate(JSON.stringify({ events: 2 * EVENTS, kills: EVENTS / EVENTS_PER_KILL, reports }))

  const expected = Array.from({ length: EVENTS }, (_, number) => number)
  for (const { notifications, messages, errors, connections } of followers) {
    expect(errors).toEqual([])
    expect(notifications.numbers).toEqual(expected)
    expect(messages.numbers).toEqual(expected)
    expect(connections).toBeGreaterThan(EVENTS / EVENTS_PER_KILL)
  }
})
