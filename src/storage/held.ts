import { AppError } from '../lib/errors.ts'

/** Instead of a stream: a command of many does not wait for long for rows that somebody else holds. */
export const WITHOUT_WAITING = Symbol('without waiting')

/** The storage was closed while something was still under way, as Kysely says it. */
export function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'driver has already been destroyed'
}

/** What becomes of work that is under way when Herald stops. */
export function stopping(cause: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', 'Herald is stopping. Nothing was stored.', {}, { cause })
}

/** Rows that a command needs are held by somebody else, and nothing was stored. The others can go on without it. */
export class HeldError extends AppError {
  constructor(cause?: unknown) {
    super('SERVICE_UNAVAILABLE', 'The database is busy. Nothing was stored.', {}, { cause })
  }
}
