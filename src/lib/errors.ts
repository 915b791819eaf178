/** The list of `extensions.code`; what each one means stands in `schema/base.graphql`. */
export type ErrorCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'CURSOR_EXPIRED'
  | 'PERSISTED_QUERY_NOT_FOUND'
  | 'PERSISTED_QUERY_NOT_SUPPORTED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

/** An error that the caller may read: message and details leave the process, so they must name no secret. */
export class AppError extends Error {
  readonly code: ErrorCode
  /** Data for programs, such as `retryAfterMs`: clients read it in `extensions`, beside `code`. */
  readonly details: Readonly<Record<string, unknown>>
  /** What operators can set or do about the error. For the log: it does not leave the process. */
  readonly advice: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    details: Readonly<Record<string, unknown>> = {},
    { advice, ...options }: ErrorOptions & { readonly advice?: string | undefined } = {},
  ) {
    super(message, options)
    this.advice = advice
    this.name = 'AppError'
    this.code = code
    this.details = details
  }
}

/** A BAD_USER_INPUT error. `message` says what is wrong with the input, and why. */
export function badInput(message: string): AppError {
  return new AppError('BAD_USER_INPUT', message)
}

/** A NOT_FOUND error for something that does not exist, or of which the caller may not know that it does. The two look the same. */
export function notFound(what: string): AppError {
  return new AppError('NOT_FOUND', `${what} not found.`)
}
