import type { ServerResponse } from 'node:http'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import { answerJson } from './answer.ts'

export interface HealthOptions {
  /** Rejects when a part that Herald needs does not answer; an AppError says which. */
  readonly ready: () => Promise<void>
  readonly isDraining: () => boolean
  readonly clock: Clock
  readonly log: Log
}

/** What orchestrators and load balancers ask. */
export interface Health {
  /** The process turns. If this fails, restart it. */
  live(response: ServerResponse): void
  /** It can serve. If this fails, send nobody; the answer says why. */
  ready(response: ServerResponse): Promise<void>
}

/** A part that has not answered by then counts as away. */
const PATIENCE_MS = 2_000

const inTime = (clock: Clock, task: () => Promise<void>): Promise<void> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(PATIENCE_MS, () =>
      reject(new AppError('SERVICE_UNAVAILABLE', `No answer within ${PATIENCE_MS} ms.`)),
    )
    task().then(resolve, reject).finally(cancel)
  })

/** Makes the answers of `/live` and `/ready`. */
export const createHealth = ({ ready, isDraining, clock, log }: HealthOptions): Health => ({
  live: (response) => answerJson(response, 200, { status: 'live' }),
  ready: async (response) => {
    if (isDraining()) return answerJson(response, 503, { status: 'draining', reason: 'This server is going away.' })
    try {
      await inTime(clock, ready)
      answerJson(response, 200, { status: 'ready' })
    } catch (err) {
      log.warn({ err }, 'not ready')
      const reason = err instanceof AppError ? err.message : 'A part that Herald needs does not answer.'
      answerJson(response, 503, { status: 'unavailable', reason })
    }
  },
})
