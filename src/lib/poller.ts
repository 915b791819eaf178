import { type Backoff, backoffMs } from './backoff.ts'
import type { Cancel, Clock } from './clock.ts'

export interface PollerOptions {
  readonly clock: Clock
  /** Milliseconds until the first run; 0 when left out. */
  readonly delayMs?: number
  /** Does one run. Resolves to the milliseconds from its end to the next run. */
  readonly poll: () => Promise<number>
  /** How long to wait after a failed run; half a second to a second when left out. */
  readonly retry?: Backoff
  /** Called with the first of several failures in a row. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** A task that is repeated, one run at a time. */
export interface Poller {
  /** Begins no further run. Resolves when the run that is under way is over. */
  close(): Promise<void>
}

const RETRY: Backoff = { firstMs: 1_000, maxMs: 1_000 }

/** Runs `poll` whenever it is due, until the poller is closed. A failed run is repeated after `retry`. */
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
 * Runs `task` again and again, each time `ms` milliseconds after the end of the last run, and first after `ms`. Runs never overlap. A
 * failed run is followed by the next one after half of `ms` to `ms`. `onFailure` is called with the first of several failures in a row. The
 * returned function ends it: no further run begins, but one that is under way goes on.
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
