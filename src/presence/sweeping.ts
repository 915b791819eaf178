import type { Cancel, Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

export interface SweepingOptions {
  readonly clock: Clock
  readonly log: Log
  /** Resolves to the milliseconds until it should run again. */
  readonly sweep: () => Promise<number>
}

const RETRY_MS = 1_000

/** Sweeps at once and then whenever it is due, one round at a time; a round that fails is tried again. */
export const openSweeping = ({ clock, log, sweep }: SweepingOptions): { close(): Promise<void> } => {
  let isClosed = false
  let cancel: Cancel | undefined

  const round = async (): Promise<void> => {
    let pauseMs = RETRY_MS
    try {
      pauseMs = await sweep()
    } catch (err) {
      log.warn({ err }, 'presence could not be swept')
    }
    if (isClosed) return
    cancel = clock.after(pauseMs, () => {
      running = round()
    })
  }

  let running = round()

  return {
    close: async () => {
      isClosed = true
      cancel?.()
      await running
    },
  }
}
