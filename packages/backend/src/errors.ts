/**
 * Why something was not done. `UNREACHABLE`: no answer came, so it may have been done or not. `NO_HERALD`: what answered is no Herald. The
 * others are those of Herald: docs/errors.md says what each means.
 */
export type HeraldErrorCode =
  | 'UNREACHABLE'
  | 'NO_HERALD'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'BAD_USER_INPUT'
  | 'CONFLICT'
  | 'RATE_LIMITED'
  | 'SERVICE_UNAVAILABLE'
  | 'INTERNAL_SERVER_ERROR'

/** What is known of a failure beside its message. */
export interface Failure {
  readonly code: HeraldErrorCode
  /** What Herald says more about it, such as `reason`. */
  readonly extensions?: Readonly<Record<string, unknown>>
  /** Whether it may have been done all the same. */
  readonly mayBeDone: boolean
  /** How long to wait before it is sent again, in milliseconds. Undefined: Herald did not say. */
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

/** Thrown by everything here that asks Herald, after it was repeated as often as it may be. */
export class HeraldError extends Error {
  override readonly name = 'HeraldError'
  readonly code: HeraldErrorCode
  /** What Herald says more about it, such as `reason`. Empty when it said nothing. */
  readonly extensions: Readonly<Record<string, unknown>>
  /**
   * Whether it may have been done all the same, since no answer came. With an `idempotencyKey` of your own you can send it again at any
   * time.
   */
  readonly mayBeDone: boolean
  /** How long to wait before it is sent again, in milliseconds. Undefined: Herald did not say. */
  readonly retryAfterMs: number | undefined

  constructor(message: string, { code, extensions = {}, mayBeDone, retryAfterMs, cause }: Failure) {
    super(message, { cause })
    this.code = code
    this.extensions = extensions
    this.mayBeDone = mayBeDone
    this.retryAfterMs = retryAfterMs
  }
}
