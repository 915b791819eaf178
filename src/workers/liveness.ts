import type { Clock } from '../lib/clock.ts'

/** How often a worker sends that its event loop still turns, in milliseconds. */
export const ALIVE_MS = 1_000

/** After so many seconds of silence, a worker that may hold up others counts as hanging. */
const SUSPECT_LOOKS = 3

/** Watches whether a worker sends signs of life. */
export interface Liveness {
  /** Call it for each sign of life. */
  alive(): void
  /** Call it when the worker may hold up another one. If it has been silent for 3 seconds, `onSilence` is called at once. */
  suspect(): void
  /** Ends watching. */
  stop(): void
}

/**
 * Calls `onSilence`, once, when a worker has sent no sign of life for `silentMs`. Silence is counted in ticks of a timer rather than by a
 * clock. So when the whole machine was asleep, no worker counts as silent.
 */
export function watchLiveness(clock: Clock, silentMs: number, onSilence: () => void): Liveness {
  let looks = 0
  let isOver = false
  const end = (): void => {
    if (!isOver) onSilence()
    isOver = true
    cancel()
  }
  const look = (): void => {
    looks += 1
    if (looks * ALIVE_MS > silentMs) end()
    else cancel = clock.after(ALIVE_MS, look)
  }
  let cancel = clock.after(ALIVE_MS, look)
  return {
    alive: () => {
      looks = 0
    },
    suspect: () => {
      if (looks >= SUSPECT_LOOKS) end()
    },
    stop: () => cancel(),
  }
}
