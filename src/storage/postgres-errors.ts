import { AppError } from '../lib/errors.ts'
import { HeldError, isClosed, stopping } from './held.ts'
import { isStale } from './postgres-statements.ts'

/**
 * SQLSTATE codes (https://www.postgresql.org/docs/current/errcodes-appendix.html) that mean: the same transaction may succeed if run again.
 */
const CONFLICTS: ReadonlySet<string> = new Set(['40001', '40P01'])

/** SQLSTATE and system codes that mean: the connection was lost, or none could be made. */
const LOST: ReadonlySet<string> = new Set([
  ...['57P01', '57P02', '57P03', '57P05', '25P03', '53300'],
  ...['ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'ENOENT'],
  ...['ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
])

/** How messages of the driver and its pool begin when a connection was lost or none could be made. These errors have no code. */
const LOST_MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'Postgres connection has been discarded',
  'Cannot use a pool after calling end on the pool',
]

/** SQLSTATE codes that mean: the database cannot do it now, and nothing happened. Each has a sentence for the caller. */
const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  ['25006', 'The database is read-only.'],
  ['28000', 'The database refuses the login.'],
  ['28P01', 'The database refuses the login.'],
  ['3D000', 'The database does not exist.'],
  ['53100', 'The disk of the database is full.'],
  ['53200', 'The database is out of memory.'],
  ['57014', 'The database is too busy to answer in time.'],
])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}

/** Whether another transaction or a change of the schema was in the way. The transaction was rolled back, and may be run again. */
export function isConflict(error: unknown): boolean {
  return CONFLICTS.has(codeOf(error)) || isStale(error)
}

/** Whether another transaction holds a row for longer than a statement waits. */
export function isHeld(error: unknown): boolean {
  return codeOf(error) === '55P03'
}

/** Whether the connection was lost, or none could be made. */
export function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error)
  if (LOST.has(code) || code.startsWith('08')) return true
  return error instanceof Error && LOST_MESSAGES.some((message) => error.message.startsWith(message))
}

/** Whether the driver has waited in vain for an answer or for a connection. Trying again would only take longer. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error && /^(Query read timeout|timeout exceeded)/.test(error.message)
}

function unavailable(reason: string, cause: unknown, details = {}): AppError {
  return new AppError('SERVICE_UNAVAILABLE', reason, details, { cause })
}

/** The error of a command whose connection was lost when its commit had been sent. Its details have `mayBeStored`. */
export function outcomeUnknown(cause: unknown): AppError {
  return unavailable(
    'The connection to the database was lost at the last moment: this may or may not be stored. ' +
      'Sending it again with the same idempotencyKey or clientMessageId is safe.',
    cause,
    { mayBeStored: true },
  )
}

/** The error as callers may read it. An error that is no outage is returned as it is. */
export function translated(error: unknown): unknown {
  if (isConnectionLost(error)) return unavailable('The database is away. Nothing was stored.', error)
  if (isHeld(error)) return new HeldError(error)
  if (isClosed(error)) return stopping(error)
  if (isConflict(error)) return unavailable('The database is busy. Nothing was stored.', error)
  const reason = UNAVAILABLE.get(codeOf(error))
  return reason ? unavailable(`${reason} Nothing was stored.`, error) : error
}
