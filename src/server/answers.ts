import type { Viewer } from '../auth/viewer.ts'
import { Reads, type Signal, Work } from '../graphql/work.ts'
import type { UserBudgets } from './user-budgets.ts'

/** A query or mutation, from its beginning until its answer was taken by the network or its client has gone. */
export interface Answering {
  /** Bounds what the operation reads, and stops it once its client has gone. */
  readonly work: Work
  /** To be called when the answer was taken, or when no client waits for it any more. What was read is then charged to its user. */
  end(): void
}

/** Bounds the memory of answers, for each user over all connections and requests together. */
export interface Answers {
  /** Begins an operation of a viewer, or of a stranger. `signal` says whether its client still waits. */
  begin(viewer: Viewer | undefined, signal: Signal): Answering
}

export interface AnswersOptions {
  /** The largest answer, in bytes. When as many bytes of a user's answers were not taken yet, further operations of that user wait. */
  readonly answerBytes: number
  readonly budgets: Pick<UserBudgets, 'answer'>
}

/**
 * How many bytes may be read per byte of the largest answer. A page has its entries twice (`nodes` and `edges`), and of two pages both are
 * read before the answer is made.
 */
const READ_BYTES_PER_ANSWERED = 2

/**
 * Returns the bounds of answers on this node. Backends and strangers have no common bound: backends are trusted, and strangers cannot read
 * anything large.
 */
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
