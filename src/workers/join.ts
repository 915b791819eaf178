import cluster from 'node:cluster'
import type { Clock } from '../lib/clock.ts'
import type { PeerWorkers } from '../lib/peer-workers.ts'
import { ALIVE_MS } from './liveness.ts'
import { type Ready, readWorkerMessage, type WorkerMessage } from './messages.ts'

/** A worker process, as it sees its peers and the supervisor. */
export interface Worker extends PeerWorkers {
  /** Tells the supervisor that this worker serves. From then on it also tells every second that its event loop turns. */
  ready(ready: Ready): void
}

/** How long `ask` waits for answers, in milliseconds. Later ones are left out. */
const MAX_WAIT_MS = 2_000

interface ReportRequest {
  missing: number
  readonly reports: unknown[]
  readonly done: () => void
}

/** Joins the workers under the number that the supervisor gave this process (`HERALD_WORKER`). Undefined when this process is no worker. */
export function joinWorkers(number: string | undefined, clock: Clock): Worker | undefined {
  if (number === undefined || !cluster.isWorker) return undefined
  const requests = new Map<number, ReportRequest>()
  let lastRequest = 0
  let report = async (): Promise<unknown> => undefined

  // The supervisor may have ended. Then this process ends, too, and the message may be lost.
  const send = (message: WorkerMessage): void => void process.send?.(message, undefined, undefined, () => {})

  const settle = (request: ReportRequest | undefined): void => {
    if (request?.missing === 0) request.done()
  }

  process.on('message', (value) => {
    const message = readWorkerMessage(value)
    const request = message && 'request' in message ? requests.get(message.request) : undefined
    if (message?.kind === 'ask') {
      const { from = 0 } = message
      const answer = (said: unknown): void => send({ kind: 'report', request: message.request, to: from, report: said })
      report().then(answer, () => answer(undefined))
    } else if (message?.kind === 'asked' && request) {
      request.missing += message.answers
      settle(request)
    } else if (message?.kind === 'report' && request) {
      request.missing -= 1
      if (message.report !== undefined) request.reports.push(message.report)
      settle(request)
    }
  })

  return {
    number: Number(number),
    ready: (ready) => {
      send({ kind: 'ready', ...ready })
      setInterval(() => send({ kind: 'alive' }), ALIVE_MS)
    },
    heldUp: () => send({ kind: 'held-up' }),
    answer: (own) => {
      report = own
    },
    ask: async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      const cancel = clock.after(MAX_WAIT_MS, resolve)
      lastRequest += 1
      const number = lastRequest
      const request: ReportRequest = { missing: 0, reports: [], done: resolve }
      requests.set(number, request)
      send({ kind: 'ask', request: number })
      await promise
      cancel()
      requests.delete(number)
      return request.reports
    },
  }
}
