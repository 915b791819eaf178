import type { Viewer } from '../auth/viewer.ts'
import { Reads, type Signal, Work } from '../graphql/work.ts'
import type { UserBudgets } from './user-budgets.ts'

/** A query or mutation from its beginning until its answer was taken. */
export interface Answering {
  /** What it does. */
  readonly work: Work
  /** Its answer was taken, or nobody wants it any more. What was read for it is charged to its user. */
  end(): void
}

/** Bounds what the answers to operations take, for each user over all connections and requests together. */
export interface Answers {
  /** An operation of somebody begins. */
  begin(viewer: Viewer | undefined, signal: Signal): Answering
}

export interface AnswersOptions {
  /** Bytes of one answer, and of those of a user that were not taken yet: then further operations wait. */
  readonly answerBytes: number
  readonly budgets: Pick<UserBudgets, 'answer'>
}

/** The entries of a page stand in it twice, and of two pages both are read before the answer is made of them. */
const READ_BYTES_PER_ANSWERED = 2

/** Begins with nothing. Backends and strangers are not bounded together: the one are trusted, the others cannot read anything large. */
export function createAnswers({ answerBytes, budgets }: AnswersOptions): Answers {
  const users = new Map<string, Reads>()
  const maxBytes = READ_BYTES_PER_ANSWERED * answerBytes

  const readsOf = (viewer: Viewer | undefined): Reads | undefined => {
    if (!viewer || viewer.role === 'BACKEND') return undefined
    const reads = users.get(viewer.userId) ?? new Reads(answerBytes)
    users.set(viewer.userId, reads)
    return reads
  }

  return {
    begin: (viewer, signal) => {
      const work = new Work(signal, maxBytes, readsOf(viewer))
      return {
        work,
        end: () => {
          work.end()
          if (!viewer) return
          budgets.answer(viewer, work.bytes / READ_BYTES_PER_ANSWERED)
          if (users.get(viewer.userId)?.isIdle) users.delete(viewer.userId)
        },
      }
    },
  }
}
