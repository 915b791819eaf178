import { errors } from 'jose'
import { AppError } from '../lib/errors.ts'

/** The token was good once: a fresh one will do. Clients see it as `extensions.reason`. */
export function tokenExpired(): AppError {
  return new AppError('UNAUTHENTICATED', 'The token has expired.', { reason: 'expired' })
}

/** The backend took the token back: a fresh one will do. */
export function tokenRevoked(): AppError {
  return new AppError('UNAUTHENTICATED', 'The token was revoked.', { reason: 'revoked' })
}

/** The backend ended what was opened with the token, which may begin again; `why` is the backend's. */
export function sessionEnded(why: string): AppError {
  return new AppError('UNAUTHENTICATED', why, { reason: 'ended' })
}

/** No retry will make this token good; `why` completes the sentence, and `advice` is for operators. */
export function invalidToken(why?: string, advice?: string): AppError {
  const message = why ? `The token is not valid: ${why}.` : 'The token is not valid.'
  return new AppError('UNAUTHENTICATED', message, { reason: 'invalid' }, { advice })
}

/** When to try again whatever can be good any moment, in milliseconds. */
const SOON_MS = 1_000
/** What is further ahead is not worth a timer of the client. */
const MAX_RETRY_MS = 3_600_000

/** The token may be accepted later, and a fresh one may be at once; `why` completes the sentence. */
export function tokenTooEarly(why: string, retryAfterMs: number, advice: string): AppError {
  const details = { reason: 'early', retryAfterMs: Math.min(Math.max(Math.ceil(retryAfterMs), SOON_MS), MAX_RETRY_MS) }
  return new AppError('UNAUTHENTICATED', `The token is not accepted yet: ${why}.`, details, { advice })
}

function hasReason(error: unknown, reason: string): error is AppError {
  return error instanceof AppError && error.code === 'UNAUTHENTICATED' && error.details['reason'] === reason
}

/** Whether only a fresh token would help. */
export function isTokenExpired(error: unknown): boolean {
  return hasReason(error, 'expired')
}

/** Whether the token was good, and was taken back. */
export function isTokenRevoked(error: unknown): boolean {
  return hasReason(error, 'revoked')
}

/** Whether the backend ended what was opened. */
export function isSessionEnded(error: unknown): error is AppError {
  return hasReason(error, 'ended')
}

/** Whether time would help, too. */
export function isTokenTooEarly(error: unknown): error is AppError {
  return hasReason(error, 'early')
}

/** Tokens cannot be checked, whatever they say. */
export function keysAway(cause: unknown): AppError {
  return new AppError(
    'SERVICE_UNAVAILABLE',
    'Tokens cannot be checked now. Try again later.',
    { retryAfterMs: SOON_MS },
    { cause },
  )
}

/** The issuer serves no such key: it may have signed the token a moment before it published the key. */
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

/** What each error of jose means, by its code. What is not here says that the keys could not be had, rather than that the token is wrong. */
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

/** What a failed verification at `now` means for the caller. Names claims and algorithms, never their values. */
export function verificationError(error: unknown, now: number): AppError {
  if (error instanceof AppError) return error
  if (error instanceof errors.JWTClaimValidationFailed) return claimError(error, now)
  const meaning = error instanceof errors.JOSEError ? MEANINGS[error.code] : undefined
  return meaning?.() ?? keysAway(error)
}
