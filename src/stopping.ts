import type { Log } from './lib/log.ts'

/** What asks this process to stop. */
export interface Stopping {
  /** From now on, being asked to stop does this; until then it ends the process at once. */
  serve(close: () => Promise<void>): void
}

export interface StoppingOptions {
  readonly log: Log
  /**
   * The process that started this one is npm: it ends with it. Somebody else, such as a shell that somebody logs out of, may end before
   * on purpose.
   */
  readonly isOfNpm: boolean
}

/** How often it is looked whether npm still is there, in milliseconds. */
const LOOK_MS = 250
/** npm passes Ctrl-C on to a process that has got it from the terminal already; a person takes longer for the second one, in milliseconds. */
const SAME_SIGNAL_MS = 1_000

/**
 * Stops this process on SIGTERM and Ctrl-C (SIGINT), and when npm dies that started it. A second Ctrl-C ends it at once. SIGHUP is left alone, so that
 * `nohup` works.
 */
export function listenForStop({ log, isOfNpm }: StoppingOptions): Stopping {
  let close: (() => Promise<void>) | undefined
  let askedAt: number | undefined

  const stop = (reason: string): void => {
    const now = performance.now()
    const isRepeated = askedAt !== undefined && now - askedAt > SAME_SIGNAL_MS
    if (isRepeated && reason === 'SIGINT') process.exit(1)
    if (askedAt !== undefined) return
    askedAt = now
    log.info({ reason }, 'stopping')
    // Nobody is connected yet, and the databases let go of what a process held that ended.
    if (!close) process.exit(0)
    close().then(
      () => process.exit(0),
      (err: unknown) => {
        log.fatal({ err }, 'did not stop cleanly')
        process.exit(1)
      },
    )
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)
  const parent = process.ppid
  const lookForParent = (): void => {
    if (process.ppid !== parent) stop('npm has ended')
  }
  if (isOfNpm) setInterval(lookForParent, LOOK_MS).unref()

  return {
    serve: (closeAll) => {
      close = closeAll
    },
  }
}
