import cluster from 'node:cluster'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Liveness, watchLiveness } from './liveness.ts'
import { type Ready, readWorkerMessage } from './messages.ts'

/** One of the workers: a process, and after its death the process that replaces it. */
export interface Slot {
  /** Resolves when the first process serves. Rejects with a WorkerFailed when it ends before. */
  readonly ready: Promise<Ready>
  /** Whether its present process serves. */
  isServing(): boolean
  /** Call it when its process may hold up another one: the process is killed if it has been silent for 3 seconds. */
  suspect(): void
  /** Asks its process to stop (SIGTERM), and starts no other one. Resolves when the process has ended. */
  stop(): Promise<void>
}

export interface SlotOptions {
  /** The number of the worker, from 1. Its process gets it as `HERALD_WORKER`. */
  readonly number: number
  /** The port on which it listens. */
  readonly port: number
  /** A process that serves and has been silent for so many milliseconds is killed. */
  readonly hangMs: number
  readonly clock: Clock
  readonly log: Log
  /** Called when its process reports that another one holds it up. */
  readonly onHeldUp: (slot: Slot) => void
  /** Called when its process died without having been asked to stop. */
  readonly onDeath: (slot: Slot, death: { readonly wasServing: boolean }) => void
}

interface Death {
  readonly code: number | null
  readonly signal: string | null
}

/** Thrown when a worker ended before it was ready. */
export class WorkerFailed extends Error {
  /** Whether the worker has logged the reason itself, which its exit code 1 says. */
  readonly isExplained: boolean

  constructor(number: number, code: number | null) {
    super(`Worker ${number} ended before it was ready.`)
    this.name = 'WorkerFailed'
    this.isExplained = code === 1
  }
}

const RESTART: Backoff = { firstMs: 100, maxMs: 10_000 }
/** After serving for this long, in milliseconds, a process was healthy: its death does not lengthen the pause before the next start. */
const WELL_MS = 60_000

function fork({ number, port, hangMs, clock, log }: SlotOptions, onHeldUp: () => void) {
  const worker = cluster.fork({ HERALD_WORKER: String(number), PORT: String(port) })
  const ready = Promise.withResolvers<Ready>()
  const ended = Promise.withResolvers<Death>()
  let liveness: Liveness | undefined
  const kill = (): void => {
    log.error({ worker: number, hangMs }, 'a worker hangs and is killed')
    worker.process.kill('SIGKILL')
  }
  // Nobody waits for the processes after the first one, and their rejection must not end this process.
  ready.promise.catch(() => {})
  worker.on('message', (value) => {
    const message = readWorkerMessage(value)
    if (message?.kind === 'alive') liveness?.alive()
    if (message?.kind === 'held-up') onHeldUp()
    if (message?.kind !== 'ready') return
    liveness ??= watchLiveness(clock, hangMs, kill)
    ready.resolve(message)
  })
  worker.on('exit', (code, signal) => {
    liveness?.stop()
    ready.reject(new WorkerFailed(number, code))
    ended.resolve({ code, signal })
  })
  return { worker, ready: ready.promise, ended: ended.promise, suspect: () => liveness?.suspect() }
}

/** Starts a worker process, and starts it again after each death, after a pause that grows up to 10 seconds. */
export function openSlot(options: SlotOptions): Slot {
  const { number, clock, log, onDeath } = options
  const onHeldUp = (): void => options.onHeldUp(slot)
  let current = fork(options, onHeldUp)
  let servingSince: number | undefined
  let failures = 0
  let isStopping = false
  let cancelRestart: Cancel = () => {}

  const watch = async (): Promise<void> => {
    const { ready, ended } = current
    ready.then(
      () => {
        servingSince = clock.now()
      },
      () => {},
    )
    const { code, signal } = await ended
    const wasServing = servingSince !== undefined
    failures = servingSince !== undefined && clock.now() - servingSince >= WELL_MS ? 0 : failures + 1
    servingSince = undefined
    if (isStopping) return
    const pauseMs = Math.round(backoffMs(RESTART, failures))
    log.error({ worker: number, code, signal, pauseMs }, 'a worker died and is started again')
    cancelRestart = clock.after(pauseMs, () => {
      current = fork(options, onHeldUp)
      void watch()
    })
    onDeath(slot, { wasServing })
  }

  const slot: Slot = {
    ready: current.ready,
    isServing: () => servingSince !== undefined,
    suspect: () => current.suspect(),
    stop: async () => {
      isStopping = true
      cancelRestart()
      current.worker.process.kill('SIGTERM')
      await current.ended
    },
  }
  void watch()
  return slot
}
