import { type Backoff, backoffMs } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'

export interface PollerOptions {
  readonly clock: Clock
  /** Milliseconds until the first run; 0 when left out. */
  readonly delayMs?: number
  /** Resolves to the milliseconds from its end to the next run. */
  readonly poll: () => Promise<number>
  /** How long after a failure it runs again; up to a second when left out. */
  readonly retry?: Backoff
  /** Is told the first of several failures in a row; nobody is when left out. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** Something that is done again and again, one run at a time. */
export interface Poller {
  /** Begins no further run. Resolves when the one that is under way is over. */
  close(): Promise<void>
}

const RETRY: Backoff = { firstMs: 1_000, maxMs: 1_000 }

/** Runs `poll` whenever it is due, until it is closed. A run that fails does not end it. */
export function openPoller({ clock, delayMs = 0, poll, retry = RETRY, onFailure }: PollerOptions): Poller {
  let isClosed = false
  let failures = 0
  let cancel: Cancel = () => {}
  let running = Promise.resolve()

  const attempt = async (): Promise<number> => {
    try {
      const pauseMs = await poll()
      failures = 0
      return pauseMs
    } catch (error) {
      if (failures === 0) onFailure?.(error)
      return backoffMs(retry, failures++)
    }
  }

  const run = async (): Promise<void> => schedule(await attempt())
  const begin = (): void => {
    running = run()
  }
  const schedule = (ms: number): void => {
    if (!isClosed) cancel = clock.after(ms, begin)
  }

  if (delayMs > 0) schedule(delayMs)
  else begin()
  return {
    close: async () => {
      isClosed = true
      cancel()
      await running
    },
  }
}

/**
 * Runs `task` every `ms` milliseconds, for the first time after that, and counted from the end of a run: runs never overlap. A failed run does not
 * end it; `onFailure` is told the first of several failures in a row, nobody when left out. What it returns begins no further run, and does not wait.
 */
export function pollEvery(
  clock: Clock,
  ms: number,
  task: () => Promise<unknown>,
  onFailure?: (error: unknown) => void,
): Cancel {
  const poll = async (): Promise<number> => {
    await task()
    return ms
  }
  const poller = openPoller({ clock, delayMs: ms, poll, retry: { firstMs: ms, maxMs: ms }, onFailure })
  return () => void poller.close()
}
