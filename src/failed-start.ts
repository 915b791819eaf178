import { ConfigError } from './config.ts'
import { AppError } from './lib/errors.ts'
import { StartError } from './lib/start-error.ts'

/** Whether an error explains in its message what is wrong. Any other error is a bug, whose stack is needed. */
function isExpected(error: unknown): error is Error {
  return error instanceof AppError || error instanceof ConfigError || error instanceof StartError
}

/** The text to print when a start has failed: the message of an error that explains itself, or the stack of any other error. */
export function describeFailure(error: unknown): string {
  if (isExpected(error)) return `${error.message}\n`
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
}
