import { type ExecutionResult, GraphQLError } from 'graphql'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/**
 * Turns any thrown value into an error that can be sent to a client. A *masked* error shows nothing internal. Masking an error twice
 * changes nothing.
 */
export type MaskError = (error: unknown, operationName?: string | null) => GraphQLError

const CODES: Readonly<Record<ErrorCode, true>> = {
  UNAUTHENTICATED: true,
  FORBIDDEN: true,
  NOT_FOUND: true,
  BAD_USER_INPUT: true,
  CONFLICT: true,
  RATE_LIMITED: true,
  CURSOR_EXPIRED: true,
  PERSISTED_QUERY_NOT_FOUND: true,
  PERSISTED_QUERY_NOT_SUPPORTED: true,
  SERVICE_UNAVAILABLE: true,
  INTERNAL_SERVER_ERROR: true,
}

function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(CODES, value)
}

/** The `extensions.code` of a masked error; INTERNAL_SERVER_ERROR when it has none of the list. */
export function codeOf(error: GraphQLError): ErrorCode {
  const { code } = error.extensions
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR'
}

function rootCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error
}

/**
 * Whether the caller can put an error right. GraphQL's own errors about a document, its variables or its arguments have nodes, or come
 * before execution and have no path. An error with a path alone is about a value of Herald's own that does not fit the schema.
 */
function isCallersFault(error: unknown, cause: unknown): cause is GraphQLError {
  return (
    cause instanceof GraphQLError && error instanceof GraphQLError && (error.path === undefined || Boolean(cause.nodes))
  )
}

/** The place of an error, for the error that is sent instead. */
function place(error: unknown) {
  return error instanceof GraphQLError
    ? { nodes: error.nodes ?? null, source: error.source, positions: error.positions, path: error.path }
    : {}
}

/** A message without "Did you mean …". With such hints a client could learn the schema name by name, by asking for what is not there. */
function withoutHint(message: string): string {
  return message.replace(/ Did you mean .*$/s, '')
}

const MAX_LOGGED_NAME = 100

export interface MaskOptions {
  readonly log: Log
  /** Whether messages may suggest names of the schema that were perhaps meant. */
  readonly hints: boolean
  /** Called once for each error that is sent, with its code. */
  readonly onError?: (code: ErrorCode) => void
}

/**
 * Returns the only way in which errors leave, on every transport. An error for the caller keeps its message and gets `extensions.code` from
 * the list. Any other error becomes INTERNAL_SERVER_ERROR and is logged once.
 */
export function createMaskError({ log, hints, onError }: MaskOptions): MaskError {
  const masked = new WeakSet<GraphQLError>()

  const mask = (error: unknown, operation: string | undefined): GraphQLError => {
    const cause = rootCause(error)
    if (cause instanceof AppError) {
      log.debug({ operation, code: cause.code }, 'operation refused')
      return new GraphQLError(cause.message, { ...place(error), extensions: { ...cause.details, code: cause.code } })
    }
    if (isCallersFault(error, cause)) {
      const { message } = error as GraphQLError
      const { code: own } = cause.extensions
      const code = isErrorCode(own) ? own : 'BAD_USER_INPUT'
      log.debug({ operation, code }, 'operation refused')
      return new GraphQLError(hints ? message : withoutHint(message), { ...place(error), extensions: { code } })
    }
    log.error({ err: cause, operation }, 'operation failed')
    return new GraphQLError('Something went wrong.', {
      ...place(error),
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    })
  }

  return (error, operationName) => {
    if (error instanceof GraphQLError && masked.has(error)) return error
    const result = mask(error, operationName?.slice(0, MAX_LOGGED_NAME))
    masked.add(result)
    onError?.(codeOf(result))
    return result
  }
}

/** Masks all errors of a result (`MaskError`). */
export function maskResult(
  result: ExecutionResult,
  maskError: MaskError,
  operationName?: string | null,
): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map((error) => maskError(error, operationName)) } : result
}
