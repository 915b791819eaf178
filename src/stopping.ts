import type { Log } from './lib/log.ts'

/** Listens for requests to stop this process, such as SIGTERM. */
export interface Stopping {
  /**
   * Sets the function that a stop calls from now on; the process ends when it has resolved. Before that, a stop ends the process at once.
   */
  serve(close: () => Promise<void>): void
}

export interface StoppingOptions {
  readonly log: Log
  /**
   * Whether npm has started this process. Then this process stops when npm ends. Any other parent may end first on purpose, such as a shell
   * from which the user logs out.
   */
  readonly isOfNpm: boolean
}

/** How often to check whether npm still runs, in milliseconds. */
const LOOK_MS = 250
/**
 * A second signal within this time counts as the same one, in milliseconds. npm passes on Ctrl-C to a process that has got it from the
 * terminal already. A person takes longer for a second one.
 */
const SAME_SIGNAL_MS = 1_000

/**
 * Stops this process on SIGTERM and Ctrl-C (SIGINT), and when the npm that has started it dies. A second Ctrl-C ends it at once. SIGHUP is
 * not handled, so that `nohup` works.
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
    // Nobody is connected yet, and databases release the locks of a process that has ended.
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
