import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql'
import { type Context, contextOn } from '../graphql/context.ts'
import { type MaskError, maskResult } from '../graphql/errors.ts'
import { NEVER_ABORTED, Work } from '../graphql/work.ts'
import { AppError } from '../lib/errors.ts'
import { jsonSize } from '../lib/json-size.ts'
import { createTurnLimiter } from '../lib/limiter.ts'

/**
 * What to execute. `work` stops it when its client has gone. Left out: it is executed to its end, such as an item for all subscribers of a
 * group.
 */
export interface RunArgs extends ExecutionArgs {
  readonly work?: Work | undefined
}

export interface RunOptions {
  readonly maskError: MaskError
  /** The largest answer that is allowed, in bytes of JSON. */
  readonly answerBytes: number
}

/**
 * Executes a query or mutation, or the selections of a subscription on one item. Never rejects: errors are in the result, masked so that
 * they can be sent.
 */
export type Run = (args: RunArgs) => Promise<ExecutionResult>

function operationOf({ document, operationName }: ExecutionArgs) {
  return getOperationAST(document, operationName)
}

function tooLarge(args: ExecutionArgs, max: number): Error {
  return operationOf(args)?.operation === 'mutation'
    ? new AppError('BAD_USER_INPUT', `It is done, but the answer has more than ${max} bytes: ask for less of it.`, {
        limit: max,
      })
    : new AppError('BAD_USER_INPUT', `The answer has more than ${max} bytes. Ask for less at a time.`, { limit: max })
}

/**
 * To write so many bytes as JSON and to a socket takes about a millisecond. Larger answers are written one in each turn of the event loop.
 */
const LARGE_BYTES = 256 * 1024

/** Returns the one function that executes all operations of this node. */
export function createRun({ maskError, answerBytes }: RunOptions): Run {
  const takeTurn = createTurnLimiter(1)
  return async ({ work = new Work(NEVER_ABORTED, Number.POSITIVE_INFINITY), ...args }) => {
    let size = 0
    try {
      // Each execution has a context of its own: a subscription lives for days, and what a context gathers must not.
      const contextValue = contextOn(args.contextValue as Context, { work })
      const result = await execute({ ...args, contextValue })
      // The client has gone: fields that were not read are null, and their errors mean nothing.
      if (work.isAborted) return {}
      const bytes = work.isTooLarge ? Number.POSITIVE_INFINITY : jsonSize(result.data, answerBytes)
      if (bytes > answerBytes) throw tooLarge(args, answerBytes)
      size = bytes
      if (size > LARGE_BYTES) await takeTurn()
      return result.errors ? maskResult(result, maskError, operationOf(args)?.name?.value) : result
    } catch (error) {
      return { errors: [maskError(error, args.operationName)] }
    } finally {
      work.answer(size)
    }
  }
}
