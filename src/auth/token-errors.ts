import { errors } from 'jose'
import { AppError } from '../lib/errors.ts'

/** The error for a token that has expired: a fresh one will be accepted. Clients read `extensions.reason`: `"expired"`. */
export function tokenExpired(): AppError {
  return new AppError('UNAUTHENTICATED', 'The token has expired.', { reason: 'expired' })
}

/** The error for a token that the backend has revoked: a fresh one will be accepted. `extensions.reason` is `"revoked"`. */
export function tokenRevoked(): AppError {
  return new AppError('UNAUTHENTICATED', 'The token was revoked.', { reason: 'revoked' })
}

/**
 * The error for a connection that the backend has ended; the client may connect again. `why` is the backend's. `extensions.reason` is
 * `"ended"`.
 */
export function sessionEnded(why: string): AppError {
  return new AppError('UNAUTHENTICATED', why, { reason: 'ended' })
}

/** The error for a token that will never be accepted. `why` completes `The token is not valid: …`; `advice` is for operators. */
export function invalidToken(why?: string, advice?: string): AppError {
  const message = why ? `The token is not valid: ${why}.` : 'The token is not valid.'
  return new AppError('UNAUTHENTICATED', message, { reason: 'invalid' }, { advice })
}

/** The shortest `retryAfterMs`, for errors that can be over any moment. */
const SOON_MS = 1_000
/** The longest `retryAfterMs`, even when the token is only accepted later. */
const MAX_RETRY_MS = 3_600_000

/**
 * The error for a token that may be accepted later; a fresh one may be accepted at once. `why` completes `The token is not accepted yet:
 * …`.
 */
export function tokenTooEarly(why: string, retryAfterMs: number, advice: string): AppError {
  const details = { reason: 'early', retryAfterMs: Math.min(Math.max(Math.ceil(retryAfterMs), SOON_MS), MAX_RETRY_MS) }
  return new AppError('UNAUTHENTICATED', `The token is not accepted yet: ${why}.`, details, { advice })
}

function hasReason(error: unknown, reason: string): error is AppError {
  return error instanceof AppError && error.code === 'UNAUTHENTICATED' && error.details['reason'] === reason
}

/** Whether an error says that the token has expired, so that only a fresh one helps. */
export function isTokenExpired(error: unknown): boolean {
  return hasReason(error, 'expired')
}

/** Whether an error says that the token was revoked. */
export function isTokenRevoked(error: unknown): boolean {
  return hasReason(error, 'revoked')
}

/** Whether an error says that the backend has ended the connection. */
export function isSessionEnded(error: unknown): error is AppError {
  return hasReason(error, 'ended')
}

/** Whether an error says that the token may be accepted later. */
export function isTokenTooEarly(error: unknown): error is AppError {
  return hasReason(error, 'early')
}

/** The error for when no token can be checked, because the keys cannot be loaded. `cause` is for the log. */
export function keysAway(cause: unknown): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'Tokens cannot be checked now. Try again later.',
    { retryAfterMs: SOON_MS },
    { cause },
  )
}

/** The error for a token whose key the issuer does not serve. It may have signed the token a moment before it publishes the key. */
export function keyUnknown(): AppError {
  return tokenTooEarly(
    'its key is not among those of its issuer',
    SOON_MS,
    'Does JWT_JWKS_URL name the issuer of these tokens?',
  )
}

const CLOCKS = 'Compare the clocks of this machine and of the issuer.'

const CLAIM_ADVICE: Readonly<Record<string, string>> = {
  aud: 'Compare JWT_AUDIENCE with what the issuer writes.',
  iss: 'Compare JWT_ISSUER with what the issuer writes.',
}

function claimError({ claim, reason, payload }: errors.JWTClaimValidationFailed, now: number): AppError {
  const isEarly = claim === 'nbf' && reason === 'check_failed' && typeof payload.nbf === 'number'
  if (isEarly) return tokenTooEarly('its claim "nbf" is in the future', Number(payload.nbf) * 1_000 - now, CLOCKS)
  return invalidToken(`its claim "${claim}" is ${reason === 'missing' ? 'missing' : 'wrong'}`, CLAIM_ADVICE[claim])
}

const SECRET = 'Is JWT_SECRET, or JWT_JWKS_URL, that of whoever signs these tokens?'
const ALGORITHM = 'HS256 is checked with JWT_SECRET, all others with JWT_JWKS_URL.'

/**
 * The error for the caller, by the code of an error of jose. Other codes mean that the keys could not be loaded, not that the token is
 * wrong.
 */
const MEANINGS: Readonly<Record<string, () => AppError>> = {
  [errors.JWTExpired.code]: tokenExpired,
  [errors.JWKSNoMatchingKey.code]: keyUnknown,
  [errors.JWKSMultipleMatchingKeys.code]: keyUnknown,
  [errors.JWSSignatureVerificationFailed.code]: () => invalidToken('its signature does not fit the key', SECRET),
  [errors.JOSEAlgNotAllowed.code]: () => invalidToken('its algorithm is not allowed here', ALGORITHM),
  [errors.JWTInvalid.code]: () => invalidToken(),
  [errors.JWSInvalid.code]: () => invalidToken(),
  [errors.JWEInvalid.code]: () => invalidToken(),
  [errors.JWEDecryptionFailed.code]: () => invalidToken(),
  [errors.JOSENotSupported.code]: () => invalidToken(),
}

/** The error for the caller when a verification at `now` has failed. It names claims and algorithms, never their values. */
export function verificationError(error: unknown, now: number): AppError {
  if (error instanceof AppError) return error
  if (error instanceof errors.JWTClaimValidationFailed) return claimError(error, now)
  const meaning = error instanceof errors.JOSEError ? MEANINGS[error.code] : undefined
  return meaning?.() ?? keysAway(error)
}
