import { type ExecutionResult, GraphQLError } from 'graphql'
import { AppError, type ErrorCode } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'

/** Makes whatever was thrown fit to leave; doing it twice changes nothing. */
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

/** The code of an error that can leave. */
export function codeOf(error: GraphQLError): ErrorCode {
  const { code } = error.extensions
  return isErrorCode(code) ? code : 'INTERNAL_SERVER_ERROR'
}

function rootCause(error: unknown): unknown {
  return error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error
}

/**
 * Whether the caller can put it right. GraphQL's own errors about a document, its variables or its arguments have nodes or
 * come before execution, without a path; one with a path alone is a value of ours that does not fit the schema.
 */
function isCallersFault(error: unknown, cause: unknown): cause is GraphQLError {
  return (
    cause instanceof GraphQLError && error instanceof GraphQLError && (error.path === undefined || Boolean(cause.nodes))
  )
}

/** Where an error happened. */
function place(error: unknown) {
  return error instanceof GraphQLError
    ? { nodes: error.nodes ?? null, source: error.source, positions: error.positions, path: error.path }
    : {}
}

/** GraphQL tells what may have been meant, and so the schema, name by name, to who asks for what is not there. */
function withoutHint(message: string): string {
  return message.replace(/ Did you mean .*$/s, '')
}

const MAX_LOGGED_NAME = 100

export interface MaskOptions {
  readonly log: Log
  /** Callers may be told which names they may have meant. */
  readonly hints: boolean
  /** An error leaves; called once for each. */
  readonly onError?: (code: ErrorCode) => void
}

/**
 * Makes the only way for errors to leave, on every transport. Errors for the caller keep their message, with
 * `extensions.code` from the closed list; anything else becomes INTERNAL_SERVER_ERROR and is logged once.
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

/** `MaskError` for all errors of a result. */
export function maskResult(
  result: ExecutionResult,
  maskError: MaskError,
  operationName?: string | null,
): ExecutionResult {
  return result.errors ? { ...result, errors: result.errors.map((error) => maskError(error, operationName)) } : result
}
