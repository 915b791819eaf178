import type { Cancel, Clock } from '../lib/clock.ts'

export interface GraceTimerOptions {
  readonly clock: Clock
  /** How long each grace lasts, in milliseconds. */
  readonly graceMs: number
  /** Graces are over that began at least that long ago. */
  readonly over: () => unknown
}

/** Tells when graces are over that all last equally long, with one timer for all. */
export interface GraceTimer {
  /** A grace begins now. */
  begin(): void
  /** Nothing is told any more. */
  close(): void
}

/** Others measure a grace by a clock of their own. */
const SLACK_MS = 10

/** Starts without any. */
export const createGraceTimer = ({ clock, graceMs, over }: GraceTimerOptions): GraceTimer => {
  let lastBegan = 0
  let cancel: Cancel | undefined

  const wait = (ms: number): void => {
    cancel ??= clock.after(ms + SLACK_MS, () => {
      cancel = undefined
      const restMs = lastBegan + graceMs - clock.now()
      if (restMs > 0) wait(restMs)
      over()
    })
  }

  return {
    begin: () => {
      lastBegan = clock.now()
      wait(graceMs)
    },
    close: () => cancel?.(),
  }
}
