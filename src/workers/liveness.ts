import type { Clock } from '../lib/clock.ts'

/** How often a process says that its event loop still turns. */
export const ALIVE_MS = 1_000

/** Of a process that may hold up others, so many times without a word are too many. */
const SUSPECT_LOOKS = 3

/** Watches a process that says so. */
export interface Liveness {
  /** It has said so. */
  alive(): void
  /** It may hold up another process: if it has said nothing for 3 seconds, that is long enough. */
  suspect(): void
  stop(): void
}

/**
 * Tells `onSilence`, once, when a process has said nothing for `silentMs`. That is counted in looks rather than read from a clock:
 * when the whole machine was asleep, so was the watcher.
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
