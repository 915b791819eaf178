import { availableParallelism } from 'node:os'
import { type Clock, MAX_TIMER_MS } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { findFreePort } from './free-port.ts'
import type { Ready } from './messages.ts'
import { openRelay } from './relay.ts'
import { openSlot, type Slot } from './slot.ts'

/** How many processes to start: a number, or one for each core. */
export function countWorkers(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers
}

/** Processes that serve one port together. */
export interface Workers extends Ready {
  /** Stops all, each as it would stop alone; resolves when they have ended. */
  close(): Promise<void>
}

export interface WorkersOptions {
  readonly count: number
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** A worker that hangs for so many milliseconds is killed and started again. */
  readonly hangMs: number
  readonly clock: Clock
  readonly log: Log
  /** They died again and again, and all have been stopped: it makes no sense to go on. */
  readonly onGivenUp: (error: Error) => void
}

const MAX_DEATHS = 10
const WITHIN_MS = 60_000

/** Says when there have been too many deaths in too short a time. */
function createCrashLimit(clock: Clock): () => boolean {
  let deaths: number[] = []
  return () => {
    const now = clock.now()
    deaths = [...deaths.filter((at) => now - at < WITHIN_MS), now]
    return deaths.length <= MAX_DEATHS
  }
}

/**
 * Starts this program so many times over. The first process goes ahead, so that one makes what is missing and says what is wrong.
 * Resolves when all serve; rejects when one ends before, and then all have ended. Processes that die or hang later are started again.
 */
export async function startWorkers({ count, host, hangMs, clock, log, ...options }: WorkersOptions): Promise<Workers> {
  // They all can listen to one port, so none would notice that another program has it.
  const port = await findFreePort(host, options.port)
  openRelay()
  const slots: Slot[] = []
  const maySurvive = createCrashLimit(clock)
  let isStarted = false

  // Between the death of the last worker and its return nothing else would keep this process.
  const keepAlive = setInterval(() => {}, MAX_TIMER_MS)

  const close = async (): Promise<void> => {
    clearInterval(keepAlive)
    await Promise.all(slots.map(({ stop }) => stop()))
  }
  const onDeath: Parameters<typeof openSlot>[0]['onDeath'] = (slot, { wasServing }) => {
    // While others serve, one that cannot start may wait for as long as what it needs is away.
    const isCounted = wasServing || !slots.some((other) => other !== slot && other.isServing())
    if (!isStarted || !isCounted || maySurvive()) return
    const message = `Workers died more than ${MAX_DEATHS} times within ${WITHIN_MS / 1_000} seconds.`
    void close().then(() => options.onGivenUp(new AppError('SERVICE_UNAVAILABLE', message)))
  }
  const onHeldUp = (slot: Slot): void => {
    for (const other of slots) if (other !== slot) other.suspect()
  }
  const open = (number: number): Promise<Ready> => {
    const slot = openSlot({ number, port, hangMs, clock, log, onHeldUp, onDeath })
    slots.push(slot)
    return slot.ready
  }

  try {
    const first = await open(1)
    await Promise.all(Array.from({ length: count - 1 }, (_, index) => open(index + 2)))
    isStarted = true
    return { ...first, close }
  } catch (error) {
    await close()
    throw error
  }
}
