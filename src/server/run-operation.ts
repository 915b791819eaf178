import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql'
import { type Context, contextOn } from '../graphql/context.ts'
import { type MaskError, maskResult } from '../graphql/errors.ts'
import { NEVER_ABORTED, Work } from '../graphql/work.ts'
import { AppError } from '../lib/errors.ts'
import { jsonSize } from '../lib/json-size.ts'
import { createTurnLimiter } from '../lib/limiter.ts'

/** What to execute, and what it does; left out: what is finished whoever may have gone. */
export interface RunArgs extends ExecutionArgs {
  readonly work?: Work | undefined
}

export interface RunOptions {
  readonly maskError: MaskError
  /** Bytes of an answer. */
  readonly answerBytes: number
}

/** Runs an operation, or what an item of a subscription says. Never rejects; its errors are fit to leave. */
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

/** Writing so much as JSON, and to a socket, takes about a millisecond: answers over it are written one in each turn of the event loop. */
const LARGE_BYTES = 256 * 1024

/** Makes the one way in which operations are executed. */
export function createRun({ maskError, answerBytes }: RunOptions): Run {
  const takeTurn = createTurnLimiter(1)
  return async ({ work = new Work(NEVER_ABORTED, Number.POSITIVE_INFINITY), ...args }) => {
    let size = 0
    try {
      // A context of its own for each execution: a subscription lives for days, what a context gathers must not.
      const contextValue = contextOn(args.contextValue as Context, { work })
      const result = await execute({ ...args, contextValue })
      // What was not read is null now, and what is wrong with that is no news for anybody.
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
