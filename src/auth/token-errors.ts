import { errors } from 'jose'
import { AppError } from '../lib/errors.ts'

/** The token was good once: a fresh one will do. Clients see it as `extensions.reason`. */
export const tokenExpired = (): AppError =>
  new AppError('UNAUTHENTICATED', 'The token has expired.', { reason: 'expired' })

/** No retry will make this token good; `why` completes the sentence. */
export const invalidToken = (why?: string): AppError =>
  new AppError('UNAUTHENTICATED', why ? `The token is not valid: ${why}.` : 'The token is not valid.', {
    reason: 'invalid',
  })

/** Whether a fresh token would help. */
export const isTokenExpired = (error: unknown): boolean => {
  if (!(error instanceof AppError)) return false
  const { reason } = error.details
  return error.code === 'UNAUTHENTICATED' && reason === 'expired'
}

const keysAway = (cause: unknown): AppError =>
  new AppError('SERVICE_UNAVAILABLE', 'Tokens cannot be checked now. Try again later.', {}, { cause })

/** Errors of jose that say something about the token; all others say that the keys could not be had. */
const ABOUT_THE_TOKEN = [
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]

/** What a failed verification means for the caller. Names claims and algorithms, never their values. */
export const verificationError = (error: unknown): AppError => {
  if (error instanceof AppError) return error
  if (error instanceof errors.JWTExpired) return tokenExpired()
  if (error instanceof errors.JWTClaimValidationFailed) {
    return invalidToken(`its claim "${error.claim}" is ${error.reason === 'missing' ? 'missing' : 'wrong'}`)
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) return invalidToken('its signature does not fit the key')
  if (error instanceof errors.JOSEAlgNotAllowed) return invalidToken('its algorithm is not allowed here')
  if (ABOUT_THE_TOKEN.some((kind) => error instanceof kind)) return invalidToken()
  return keysAway(error)
}
