import { setTimeout } from 'node:timers/promises'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import { createBatches } from '../lib/batches.ts'
import type { Clock } from '../lib/clock.ts'
import type { Counter } from '../lib/counter.ts'
import type { Log } from '../lib/log.ts'
import { openPoller, type Poller } from '../lib/poller.ts'
import type { EventExit } from './event-exit.ts'
import type { Attempt, ClaimedEvent, EventQueue } from './event-queue.ts'

export interface SendEventsOptions {
  readonly exit: EventExit
  readonly queue: EventQueue
  /** Counts events that were sent, and attempts that failed, by exit. */
  readonly sent: Counter
  readonly failed: Counter
  readonly clock: Clock
  readonly log: Log
}

/** How often events that other nodes have stored are looked for, in milliseconds. */
const IDLE_MS = 1_000
/** The rest after events were claimed, in milliseconds, so that many events leave time for others. */
const REST_MS = 25
/** So many failures in a row mean that the receiver is in trouble, and not one event alone. */
const TROUBLE = 5
/** How long all events wait while the receiver is in trouble. Then one of them tries whether it answers again. */
const PAUSE: Backoff = { firstMs: 2_000, maxMs: 60_000 }
/** How long closing waits for answers before it cuts them off, in milliseconds. */
const CLOSE_MS = 2_000
/** Results that are stored in one transaction. */
const RESULTS_PER_TRANSACTION = 100

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Knows whether the receiver of an exit is in trouble, by what failed in a row. While it is, one event at a time is tried, and seldom. */
function createBreaker({ exit, clock, log, queue }: SendEventsOptions) {
  let failures = 0
  let pausedUntil = 0
  return {
    /** How many events may be under way now. */
    allowed: (): number => (failures < TROUBLE ? exit.max : clock.now() < pausedUntil ? 0 : 1),
    /** Which events to try. Those that failed may be the trouble themselves, and others are not to wait until all of them were tried again. */
    which: (): 'newest' | undefined => (failures < TROUBLE ? undefined : 'newest'),
    failed: (err: unknown): void => {
      failures += 1
      if (failures < TROUBLE) return
      if (failures === TROUBLE) log.warn({ err, exit: exit.name }, 'the backend takes no events now')
      pausedUntil = clock.now() + backoffMs(PAUSE, failures - TROUBLE)
    },
    succeeded: async (): Promise<void> => {
      const wasInTrouble = failures >= TROUBLE
      failures = 0
      if (!wasInTrouble) return
      log.info({ exit: exit.name }, 'the backend takes events again')
      await queue.hurry(exit.name)
    },
  }
}

/** Creates the function that makes one attempt at an event. It never rejects, and resolves to whether the backend has the event now. */
function createAttempt(options: SendEventsOptions) {
  const { exit, queue, sent, failed, log } = options
  const breaker = createBreaker(options)
  const settle = createBatches<Attempt, undefined>({
    max: RESULTS_PER_TRANSACTION,
    run: async (attempts) => {
      await queue.settle(exit.name, attempts)
      return attempts.map(() => undefined)
    },
  })

  const attempt = async (event: ClaimedEvent): Promise<void> => {
    try {
      await exit.send(event)
    } catch (error) {
      failed.add(exit.name)
      breaker.failed(error)
      await settle({ event, error: reasonOf(error) })
      return
    }
    sent.add(exit.name)
    await settle({ event })
    await breaker.succeeded()
  }

  return {
    allowed: breaker.allowed,
    which: breaker.which,
    // When a result could not be stored, the claim ends, and the event is sent again.
    attempt: (event: ClaimedEvent): Promise<void> =>
      attempt(event).catch((err: unknown) => log.debug({ err }, 'could not note what became of an event')),
  }
}

/**
 * Sends the stored events of an exit to the backend until it is closed, several at a time, those of one subject in their order. All nodes
 * share the work. Closing waits 2 seconds for what is under way, and cuts off what takes longer.
 */
export function openSendEvents(options: SendEventsOptions): Poller {
  const { exit, queue, clock, log } = options
  const { allowed, which, attempt } = createAttempt(options)
  const underWay = new Set<Promise<void>>()
  let isClosed = false

  const begin = (event: ClaimedEvent): void => {
    const run = attempt(event).finally(() => underWay.delete(run))
    underWay.add(run)
  }

  /** Waits until something under way is over, so that the next of its subject can go, or until others may have stored something. */
  const wait = async (): Promise<void> => {
    const idle = Promise.withResolvers<void>()
    const cancel = clock.after(IDLE_MS, idle.resolve)
    await Promise.race([idle.promise, ...underWay]).finally(cancel)
  }

  let claimedAt = Number.NEGATIVE_INFINITY
  /** Whether it is worth a transaction: several events can go at once, or others have waited for a while. */
  const isWorth = (free: number): boolean =>
    free >= Math.min(allowed(), exit.max / 2) || (free > 0 && clock.now() - claimedAt >= IDLE_MS)

  const poll = async (): Promise<number> => {
    const free = allowed() - underWay.size
    const isClaiming = free > 0 && isWorth(free)
    if (isClaiming) claimedAt = clock.now()
    const claimed = isClaiming ? await queue.claim(exit.name, free, which()) : []
    for (const event of claimed) begin(event)
    if (underWay.size === 0) return IDLE_MS
    if (!isClaiming || claimed.length < free) await wait()
    return claimed.length > 0 ? REST_MS : 0
  }

  const poller = openPoller({
    clock,
    poll: async () => (isClosed ? IDLE_MS : poll()),
    onFailure: (err) => log[isClosed ? 'debug' : 'warn']({ err }, 'events for the backend cannot be read now'),
  })
  return {
    close: async () => {
      isClosed = true
      const all = Promise.all(underWay)
      await Promise.race([all, setTimeout(CLOSE_MS, undefined, { ref: false })])
      exit.close()
      await all
      await poller.close()
    },
  }
}
