import { AppError } from '../lib/errors.ts'

/**
 * Given to `Storage.write` in the place of a stream. When another transaction holds a row that the command needs, it then fails with
 * HeldError instead of waiting.
 */
export const WITHOUT_WAITING = Symbol('without waiting')

/** Whether an error says that the storage was closed while something was under way. It is known by Kysely's message. */
export function isClosed(error: unknown): boolean {
  return error instanceof Error && error.message === 'driver has already been destroyed'
}

/** The error of a command or query that was under way when Herald stopped. */
export function stopping(cause: unknown): AppError {
  return new AppError('SERVICE_UNAVAILABLE', 'Herald is stopping. Nothing was stored.', {}, { cause })
}

/** Another transaction holds rows that a command needs. Nothing was stored. Commands that do not need these rows can go on. */
export class HeldError extends AppError {
  constructor(cause?: unknown) {
    super('SERVICE_UNAVAILABLE', 'The database is busy. Nothing was stored.', {}, { cause })
  }
}
