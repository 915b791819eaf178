import { HeraldError } from './errors.ts'

/** When to give up. Times are in milliseconds. */
export interface RetryOptions {
  /** How long a call may take with all its attempts. Default: 30,000. 0: a single attempt. */
  readonly withinMs?: number
  /** How long an attempt waits for its answer. Default: 10,000. */
  readonly timeoutMs?: number
  /** About how long the first pause is; each further one is twice as long. Default: 200. */
  readonly firstPauseMs?: number
  /** The longest pause. Default: 5,000. */
  readonly longestPauseMs?: number
}

/** Options with all their values. */
export type Retry = Required<RetryOptions>

const DEFAULTS: Retry = { withinMs: 30_000, timeoutMs: 10_000, firstPauseMs: 200, longestPauseMs: 5_000 }

/** Fills in what was left out. */
export function retryOf(options: RetryOptions = {}): Retry {
  return { ...DEFAULTS, ...options }
}

/** The pause before an attempt: half of it is chance, so that many who failed together do not come back together. */
function pauseOf(failures: number, { firstPauseMs, longestPauseMs }: Retry): number {
  const full = Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1))
  return full / 2 + (Math.random() * full) / 2
}

/** Whether sending again can help and does no harm. What cannot be repeated is sent again only if Herald surely has not done it. */
function mayRepeat({ code, mayBeDone }: HeraldError, isRepeatable: boolean): boolean {
  if (mayBeDone && !isRepeatable) return false
  return code === 'UNREACHABLE' || code === 'SERVICE_UNAVAILABLE' || code === 'RATE_LIMITED' || code === 'NO_HERALD'
}

/**
 * Tries until it succeeds, it cannot be repeated, or the time is over; then throws the last error. A pause that Herald asked for is kept; when
 * it is longer than the time that is left, the error is thrown at once.
 */
export async function repeat<Value>(
  attempt: () => Promise<Value>,
  isRepeatable: boolean,
  retry: Retry,
): Promise<Value> {
  const end = Date.now() + retry.withinMs
  for (let failures = 1; ; failures += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof HeraldError) || !mayRepeat(error, isRepeatable)) throw error
      const pauseMs = Math.max(pauseOf(failures, retry), error.retryAfterMs ?? 0)
      if (Date.now() + pauseMs > end) throw error
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }
}
