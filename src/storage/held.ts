import { AppError } from '../lib/errors.ts'

/** Instead of a lane: a command of many does not wait for long for rows that somebody else holds. */
export const WITHOUT_WAITING = Symbol('without waiting')

/** Rows that a command needs are held by somebody else, and nothing was stored. The others can go on without it. */
export class HeldError extends AppError {
  constructor(cause?: unknown) {
    super('SERVICE_UNAVAILABLE', 'The database is busy. Nothing was stored.', {}, { cause })
  }
}
