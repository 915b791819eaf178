import cluster from 'node:cluster'
import { type Backoff, backoffMs } from '../lib/backoff.ts'
import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type Liveness, watchLiveness } from './liveness.ts'
import { type Ready, readWorkerMessage } from './messages.ts'

/** One place among the workers: a process, and after its death another one. */
export interface Slot {
  /** Resolves when its first process serves; rejects when that ends before. Later ones are started again and again. */
  readonly ready: Promise<Ready>
  isServing(): boolean
  /** Its process may hold up another one: it is killed if it has said nothing for some seconds. */
  suspect(): void
  /** Asks its process to stop; resolves when that has ended. */
  stop(): Promise<void>
}

export interface SlotOptions {
  /** From 1; the process learns it. */
  readonly number: number
  /** Where it listens. */
  readonly port: number
  /** A process that serves and has said nothing for so many milliseconds is killed. */
  readonly hangMs: number
  readonly clock: Clock
  readonly log: Log
  /** Its process says that one of the others holds it up. */
  readonly onHeldUp: (slot: Slot) => void
  /** A process died that nobody had asked to stop. */
  readonly onDeath: (slot: Slot, death: { readonly wasServing: boolean }) => void
}

interface Death {
  readonly code: number | null
  readonly signal: string | null
}

/** A worker ended before it was ready. */
export class WorkerFailed extends Error {
  /** It ended by itself, and has said why. */
  readonly isExplained: boolean

  constructor(number: number, code: number | null) {
    super(`Worker ${number} ended before it was ready.`)
    this.name = 'WorkerFailed'
    this.isExplained = code === 1
  }
}

const RESTART: Backoff = { firstMs: 100, maxMs: 10_000 }
/** A process that served for so long was well: its death does not add to those before. */
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
  // Only the first process of a slot has somebody who waits for it.
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

/** Starts a process in a place of its own and keeps that filled. */
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
