import type { ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { answerJson } from './answer.ts'

/** The parts that Herald needs; each rejects when it does not answer, and an AppError may be told to who asks. */
export type Checks = Readonly<Record<string, () => Promise<void>>>

/** How a part is. */
export interface PartHealth {
  readonly part: string
  /** Why it is not well; undefined when it is. */
  readonly failure: unknown
}

/** Asks all parts at the same time. Never rejects, and takes 2 seconds at most. */
export type Probe = () => Promise<readonly PartHealth[]>

/** A part that has not answered by then counts as away. */
const MAX_WAIT_MS = 2_000

function inTime(clock: Clock, task: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(MAX_WAIT_MS, () =>
      reject(new AppError('SERVICE_UNAVAILABLE', `No answer within ${MAX_WAIT_MS} ms.`)),
    )
    task().then(resolve, reject).finally(cancel)
  })
}

/** Makes the check of all parts. Those who ask while it is under way get that answer: anybody can ask, as often as they like. */
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

/** What orchestrators and load balancers ask. */
export interface Health {
  /** The process turns. If this fails, restart it. */
  live(response: ServerResponse): void
  /** It can serve. If this fails, send nobody; the answer says which part is missing and why. */
  ready(response: ServerResponse): Promise<void>
}

/** What may be told: other errors can contain addresses. */
function reasonOf(failure: unknown): string {
  return failure instanceof AppError ? failure.message : 'It does not answer.'
}

/** Makes the answers of `/live` and `/ready`. */
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
