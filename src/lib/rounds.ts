import type { Cancel, Clock } from './clock.ts'

export interface RoundsOptions {
  readonly clock: Clock
  /** Resolves to the milliseconds until it should run again. */
  readonly round: () => Promise<number>
  /** The first of several failures in a row. */
  readonly onFailure: (error: unknown) => void
}

const RETRY_MS = 1_000

/** Runs a round at once and then whenever it is due, one at a time; one that fails is tried again after a second. */
export const openRounds = ({ clock, round, onFailure }: RoundsOptions): { close(): Promise<void> } => {
  let isClosed = false
  let isFailing = false
  let cancel: Cancel | undefined

  const run = async (): Promise<void> => {
    let pauseMs = RETRY_MS
    try {
      pauseMs = await round()
      isFailing = false
    } catch (error) {
      if (!isFailing) onFailure(error)
      isFailing = true
    }
    if (isClosed) return
    cancel = clock.after(pauseMs, () => {
      running = run()
    })
  }

  let running = run()

  return {
    close: async () => {
      isClosed = true
      cancel?.()
      await running
    },
  }
}
