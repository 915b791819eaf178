import type { ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { answerJson } from './answer.ts'

/**
 * The parts that Herald needs, by name. Each function rejects when its part does not answer. Anybody may read the message of an AppError
 * that it rejects with.
 */
export type Checks = Readonly<Record<string, () => Promise<void>>>

/** The state of one part that Herald needs. */
export interface PartHealth {
  readonly part: string
  /** Why the part does not work; undefined when it works. */
  readonly failure: unknown
}

/** Checks all parts at the same time. Never rejects, and takes 2 seconds at most. */
export type Probe = () => Promise<readonly PartHealth[]>

/** A part that has not answered after so many milliseconds counts as down. */
const MAX_WAIT_MS = 2_000

function inTime(clock: Clock, task: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(MAX_WAIT_MS, () =>
      reject(new AppError('SERVICE_UNAVAILABLE', `No answer within ${MAX_WAIT_MS} ms.`)),
    )
    task().then(resolve, reject).finally(cancel)
  })
}

/**
 * Returns the check of all parts. A call while a check is under way gets the result of that, because anybody can ask, as often as they
 * like.
 */
export function createProbe(checks: Checks, clock: Clock): Probe {
  const ask = (): ReturnType<Probe> =>
    Promise.all(
      Object.entries(checks).map(([part, check]) =>
        inTime(clock, check).then(
          () => ({ part, failure: undefined }),
          (failure: unknown) => ({ part, failure: failure ?? new Error('It failed without a reason.') }),
        ),
      ),
    )

  let asking: ReturnType<Probe> | undefined
  return () => {
    asking ??= ask().finally(() => {
      asking = undefined
    })
    return asking
  }
}

export interface HealthOptions {
  readonly probe: Probe
  readonly isDraining: () => boolean
  readonly log: Log
}

/** Answers the health checks of orchestrators and load balancers. */
export interface Health {
  /** Answers `/live` with 200. When this process gives no answer, restart it. */
  live(response: ServerResponse): void
  /**
   * Answers `/ready`: 200 when this node can serve. Otherwise 503, and no clients should be sent here; the answer says which part is
   * missing and why.
   */
  ready(response: ServerResponse): Promise<void>
}

/** The reason of a failure that anybody may read. Only an AppError shows its message, since others can contain addresses. */
function reasonOf(failure: unknown): string {
  return failure instanceof AppError ? failure.message : 'It does not answer.'
}

/** Returns the answers to `/live` and `/ready`. */
export function createHealth({ probe, isDraining, log }: HealthOptions): Health {
  return {
    live: (response) => answerJson(response, 200, { status: 'live' }),
    ready: async (response) => {
      if (isDraining()) return answerJson(response, 503, { status: 'draining', reason: 'This server is going away.' })
      const health = await probe()
      const missing = health.filter(({ failure }) => failure !== undefined)
      for (const { part, failure: err } of missing) log.warn({ part, err }, 'not ready')
      const isReady = missing.length === 0
      answerJson(response, isReady ? 200 : 503, {
        status: isReady ? 'ready' : 'unavailable',
        parts: Object.fromEntries(
          health.map(({ part, failure }) => [
            part,
            failure === undefined ? { isUp: true } : { isUp: false, reason: reasonOf(failure) },
          ]),
        ),
      })
    },
  }
}
