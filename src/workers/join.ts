import cluster from 'node:cluster'
import type { Clock } from '../lib/clock.ts'
import type { PeerWorkers } from '../lib/peer-workers.ts'
import { ALIVE_MS } from './liveness.ts'
import { type Message, type Ready, readWorkerMessage } from './messages.ts'

/** A process that serves together with others. */
export interface Worker extends PeerWorkers {
  /** Tells the supervisor that this one serves, and from then on that it still does. */
  ready(ready: Ready): void
}

/** Reports that did not come by then are left out. */
const MAX_WAIT_MS = 2_000

interface Question {
  missing: number
  readonly reports: unknown[]
  readonly done: () => void
}

/** Takes the place among the workers that the supervisor gave to this process; undefined when it has none. */
export const joinWorkers = (number: string | undefined, clock: Clock): Worker | undefined => {
  if (number === undefined || !cluster.isWorker) return undefined
  const questions = new Map<number, Question>()
  let lastQuestion = 0
  let report = async (): Promise<unknown> => undefined

  // The supervisor can have ended in the meantime; then this process ends, too.
  const send = (message: Message): void => void process.send?.(message, undefined, undefined, () => {})

  const settle = (question: Question | undefined): void => {
    if (question?.missing === 0) question.done()
  }

  process.on('message', (value) => {
    const message = readWorkerMessage(value)
    const question = message && 'question' in message ? questions.get(message.question) : undefined
    if (message?.kind === 'ask') {
      const { from = 0 } = message
      const answer = (said: unknown): void =>
        send({ kind: 'report', question: message.question, to: from, report: said })
      report().then(answer, () => answer(undefined))
    } else if (message?.kind === 'asked' && question) {
      question.missing += message.answers
      settle(question)
    } else if (message?.kind === 'report' && question) {
      question.missing -= 1
      if (message.report !== undefined) question.reports.push(message.report)
      settle(question)
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
      lastQuestion += 1
      const number = lastQuestion
      const question: Question = { missing: 0, reports: [], done: resolve }
      questions.set(number, question)
      send({ kind: 'ask', question: number })
      await promise
      cancel()
      questions.delete(number)
      return question.reports
    },
  }
}
