import { setTimeout as sleep } from 'node:timers/promises'
import { signTestToken } from './app.ts'
import { type Follower, followerId, openFollower } from './followers.ts'
import type { Pool } from './pool.ts'
import { type Reconciliation, settle } from './reconciliation.ts'
import { STOCK_CLIENTS } from './stock-clients.ts'
import { makeTicket, sendEvent } from './storm.ts'

export interface EndureOptions {
  readonly pool: Pool
  /** Whether to go on after so many events and seconds. */
  readonly goesOn: (events: number, seconds: number) => boolean
}

const EVENT_MS = 20
/** The sockets of one follower are cut every so many events. */
const EVENTS_PER_CUT = 10
/** A node is killed or stopped, in turns, every so many events. */
const EVENTS_PER_SIGNAL = 60
const STALL_MS = 300
/** How long after the last event everything must have come. */
const LAST_MS = 60_000

const CUTS: readonly (readonly [name: string, cut: (follower: Follower) => void])[] = [
  ['reset', ({ proxy }) => proxy.reset()],
  ['terminated', ({ proxy }) => proxy.end()],
  ['half-open', ({ proxy }) => proxy.halfOpen()],
  [
    'stalled',
    ({ proxy }) => {
      proxy.stall()
      setTimeout(proxy.halfOpen, STALL_MS)
    },
  ],
]
const SIGNALS = [
  ['kill -9', 'SIGKILL'],
  ['stopped', 'SIGTERM'],
] as const

/** Connects a follower with each of the stock clients, and waits until each has received something. */
async function openFollowers(pool: Pool) {
  const backend = await signTestToken('shop', 'backend')
  const names = Object.keys(STOCK_CLIENTS)
  const userIds = names.map(followerId)
  await makeTicket(pool.url(), backend, userIds)
  const followers = await Promise.all(names.map((name) => openFollower(name, pool.port)))
  const streams = followers.flatMap(({ notifications, messages }) => [notifications, messages])
  const send = (number: number): Promise<void> => sendEvent(pool.url, backend, userIds, number)
  for (let warmUp = -1; streams.some(({ seen }) => seen.size === 0); warmUp -= 1) {
    await send(warmUp)
    await sleep(100)
  }
  return { followers, send, streams }
}

/** Cuts sockets and ends nodes by the number of the event that was just sent, and counts what it did. */
function createFaults(followers: readonly Follower[], pool: Pool) {
  const faults: Record<string, number> = {}
  const count = (name: string): void => {
    faults[name] = (faults[name] ?? 0) + 1
  }
  let replacing: Promise<void> = Promise.resolve()
  return {
    faults,
    after: (event: number): void => {
      if (event % EVENTS_PER_CUT === EVENTS_PER_CUT / 2) {
        const turn = Math.floor(event / EVENTS_PER_CUT)
        const [name, cut] = CUTS[turn % CUTS.length]!
        cut(followers[Math.floor(turn / CUTS.length) % followers.length]!)
        count(name)
      }
      if (event % EVENTS_PER_SIGNAL === EVENTS_PER_SIGNAL / 2) {
        const [name, signal] = SIGNALS[Math.floor(event / EVENTS_PER_SIGNAL) % SIGNALS.length]!
        replacing = pool.replace(signal)
        count(name)
      }
    },
    /** Resolves when all nodes are there again. */
    over: () => replacing,
  }
}

function countCodes(followers: readonly Follower[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const code of followers.flatMap(({ closeCodes }) => closeCodes)) counts[code] = (counts[code] ?? 0) + 1
  return counts
}

/**
 * Sends numbered notifications and messages to followers with unmodified clients, while their sockets are reset, terminated, left
 * half-open and stalled, and nodes are killed and stopped; then waits until all has come, or a minute, and settles the accounts.
 */
export async function endure({ pool, goesOn }: EndureOptions): Promise<Reconciliation> {
  const { followers, send, streams } = await openFollowers(pool)
  const { faults, after, over } = createFaults(followers, pool)
  const startedAt = Date.now()
  const elapsed = (): number => (Date.now() - startedAt) / 1_000
  let events = 0
  for (; goesOn(events, elapsed()); events += 1) {
    await send(events)
    after(events)
    await sleep(EVENT_MS)
  }
  const seconds = elapsed()
  await over()
  const isComplete = (): boolean => streams.every(({ numbers }) => numbers.length >= events)
  for (let waited = 0; waited < LAST_MS && !isComplete(); waited += 100) await sleep(100)
  const accounts = followers.map((follower) => settle(follower, events))
  return { events, seconds, faults, closes: countCodes(followers), accounts }
}
