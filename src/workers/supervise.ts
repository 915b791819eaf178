import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { type Clock, MAX_TIMER_MS } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { explainListenError } from '../lib/listen-error.ts'
import type { Log } from '../lib/log.ts'
import type { Ready } from './messages.ts'
import { openRelay } from './relay.ts'
import { openSlot, type Slot } from './slot.ts'

/** Checks that a port is free, and resolves to it; for 0 it resolves to any free port. Rejects with a StartError when it is not free. */
export async function findFreePort(host: string, port: number): Promise<number> {
  const server = createServer().listen(port, host)
  await once(server, 'listening').catch((error: unknown) => {
    throw explainListenError(error, { host, port })
  })
  const { port: found } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return found
}

/** How many worker processes to start. `auto` is one for each core. */
export function countWorkers(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers
}

/** The worker processes that serve one port together. */
export interface Workers extends Ready {
  /** Stops all workers; each drains as a single process would. Resolves when they have ended. */
  close(): Promise<void>
}

export interface WorkersOptions {
  readonly count: number
  readonly host: string
  /** The port of all workers; 0 for any free port. */
  readonly port: number
  /** A worker whose event loop hangs for so many milliseconds is killed and started again. */
  readonly hangMs: number
  readonly clock: Clock
  readonly log: Log
  /** Called when workers died more than ten times within a minute, after all have been stopped. */
  readonly onGivenUp: (error: Error) => void
}

const MAX_DEATHS = 10
const WITHIN_MS = 60_000

/** Returns a function to call for each death. It returns false when there have been more than ten within a minute. */
function createCrashLimit(clock: Clock): () => boolean {
  let deaths: number[] = []
  return () => {
    const now = clock.now()
    deaths = [...deaths.filter((at) => now - at < WITHIN_MS), now]
    return deaths.length <= MAX_DEATHS
  }
}

/**
 * Starts `count` processes of this program. The first one starts alone. So files and tables are made by one process, and a wrong
 * configuration is reported once. Resolves when all serve. Rejects when one ends before; all have ended then. Workers that die or hang
 * later are started again.
 */
export async function startWorkers({ count, host, hangMs, clock, log, ...options }: WorkersOptions): Promise<Workers> {
  // Workers share a port, so none of them would notice that another program has it.
  const port = await findFreePort(host, options.port)
  openRelay()
  const slots: Slot[] = []
  const maySurvive = createCrashLimit(clock)
  let isStarted = false

  // Keeps this process running between the death of the last worker and its next start.
  const keepAlive = setInterval(() => {}, MAX_TIMER_MS)

  const close = async (): Promise<void> => {
    clearInterval(keepAlive)
    await Promise.all(slots.map(({ stop }) => stop()))
  }
  const onDeath: Parameters<typeof openSlot>[0]['onDeath'] = (slot, { wasServing }) => {
    // While others serve, a worker that cannot start, such as without its database, may try for as long as it takes.
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
