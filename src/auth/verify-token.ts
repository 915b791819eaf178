import { decodeProtectedHeader, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify, UnsecuredJWT } from 'jose'
import type { Key } from './key.ts'
import { verificationError } from './token-errors.ts'

export interface VerifyOptions {
  readonly key: Key
  readonly issuer: string | undefined
  readonly audience: string | undefined
  /** The claim with the user id, without which a token is for nobody. */
  readonly userIdClaim: string
}

/** Clocks of two machines differ a little; a token made just now must not look as if it came from the future. */
const CLOCK_TOLERANCE_SECONDS = 5

/** Checks a token at `now`, in milliseconds since 1970. Rejects with what `Authenticate` may throw. */
export type VerifyToken = (token: string, now: number) => Promise<JWTPayload>

const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url')

const hasKeyId = (token: string): boolean => decodeProtectedHeader(token).kid !== undefined

/** Without a key id, a token of a new key looks like a forged one until the new key is known. */
const isKeyUnknown = (error: unknown, token: string): boolean =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  (error instanceof errors.JWSSignatureVerificationFailed && !hasKeyId(token))

/** Makes the check of signatures and claims. */
export const createVerifyToken = ({ key, issuer, audience, userIdClaim }: VerifyOptions): VerifyToken => {
  const optionsAt = (now: number) => ({
    algorithms: [...key.algorithms],
    requiredClaims: [userIdClaim, 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  })

  const check = async (token: string, now: number): Promise<JWTPayload> => {
    const checkWith = async (get: JWTVerifyGetKey) => (await jwtVerify(token, get, optionsAt(now))).payload
    try {
      return await checkWith(key.get)
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
      for await (const candidate of error) {
        const payload = await checkWith(async () => candidate).catch((failure: unknown) => {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
        })
        if (payload) return payload
      }
      throw error
    }
  }

  /** Rejects a token that no key could make good, so that keys are only loaded for others. */
  const requirePlausible = (token: string, now: number): void => {
    const [, claims] = token.split('.')
    UnsecuredJWT.decode(`${UNSIGNED_HEADER}.${claims}.`, optionsAt(now))
  }

  const checkWithNewKeys = async (token: string, now: number, refresh: () => Promise<boolean>): Promise<JWTPayload> => {
    const isFresh = await refresh()
    try {
      return await check(token, now)
    } catch (error) {
      // What was under way already may have been read before the issuer published the key.
      if (isFresh || !isKeyUnknown(error, token)) throw error
      await refresh()
      return check(token, now)
    }
  }

  return async (token, now) => {
    const { refresh } = key
    try {
      return await check(token, now).catch((error: unknown) => {
        if (!refresh || !isKeyUnknown(error, token)) throw error
        requirePlausible(token, now)
        return checkWithNewKeys(token, now, refresh)
      })
    } catch (error) {
      throw verificationError(error, now)
    }
  }
}
