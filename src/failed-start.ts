import { ConfigError } from './config.ts'
import { AppError } from './lib/errors.ts'
import { StartError } from './lib/start-error.ts'

/** What says in words what is wrong; everything else is a bug, and where it happened is printed, too. */
function isExpected(error: unknown): error is Error {
  return error instanceof AppError || error instanceof ConfigError || error instanceof StartError
}

/** What is printed about a start that failed: the message of an error that explains itself, and the stack of any other. */
export function describeFailure(error: unknown): string {
  if (isExpected(error)) return `${error.message}\n`
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`
}
