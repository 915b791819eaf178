import { setTimeout } from 'node:timers/promises'
import { type Backoff, backoffMs } from './backoff.ts'
import type { Log } from './log.ts'

/**
 * An error that keeps the program from starting. Its message is printed without a stack. It says what is wrong and where, and then what to
 * set or do. It contains no secret.
 */
export class StartError extends Error {
  /** Whether the cause may pass by itself, such as a server that is still starting. Then `retryStart` tries again. */
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

/** The `code` of an error of the system, such as ECONNREFUSED. Undefined when there is none. */
export function codeOfError(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/**
 * Runs a step of the start, and resolves to its result. While it throws a StartError that may pass, it is tried again after 125 to
 * 250 ms, for 5 seconds. The first such error is logged. The last error, or any other one, is thrown.
 */
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
