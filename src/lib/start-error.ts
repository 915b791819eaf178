import { setTimeout } from 'node:timers/promises'
import { type Backoff, backoffMs } from './backoff.ts'
import type { Log } from './log.ts'

/**
 * A start that cannot succeed as things are. The message is printed as it is, without a stack: one sentence that says what is wrong and
 * where, and then what to set or do. It names no secret.
 */
export class StartError extends Error {
  /** What is missing may only be late: it is tried again for some seconds. */
  readonly mayPass: boolean

  constructor(message: string, { mayPass = false, ...options }: ErrorOptions & { readonly mayPass?: boolean } = {}) {
    super(message, options)
    this.name = 'StartError'
    this.mayPass = mayPass
  }
}

/** How long a start waits for a server that does not answer, in milliseconds: it may be starting, too. */
const MAX_WAIT_MS = 5_000
const RETRY: Backoff = { firstMs: 250, maxMs: 250 }

/** The system's own word for an error, such as ECONNREFUSED; undefined when it has none. */
export function codeOfError(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Tries a step of the start, again while it throws a StartError that may pass, for 5 seconds. Says in the log what it waits for. */
export async function retryStart<Result>(log: Log, attempt: () => Promise<Result>): Promise<Result> {
  const end = performance.now() + MAX_WAIT_MS
  for (let isTold = false; ; isTold = true) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof StartError && error.mayPass) || performance.now() > end) throw error
      if (!isTold) log.warn({ seconds: MAX_WAIT_MS / 1_000 }, `waiting: ${error.message}`)
      await setTimeout(backoffMs(RETRY))
    }
  }
}
