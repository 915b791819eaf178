import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify, UnsecuredJWT } from 'jose'
import type { Key } from './key.ts'
import { verificationError } from './token-errors.ts'

export interface VerifyOptions {
  readonly key: Key
  readonly issuer: string | undefined
  readonly audience: string | undefined
  /** The name of the claim with the user id, which a token must have. */
  readonly userIdClaim: string
}

/** How much clocks of two machines may differ: a token that was made just now must not seem to come from the future. */
const CLOCK_TOLERANCE_SECONDS = 5

/**
 * Checks the signature and the claims of a token at `now`, in milliseconds since 1970. `address` is where it comes from. Resolves to its
 * claims; rejects with the errors of `Authenticate`.
 */
export type VerifyToken = (token: string, now: number, address: string | undefined) => Promise<JWTPayload>

const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url')

/** Thrown when a token was signed with none of the keys. */
class NoKeyFits extends errors.JWSSignatureVerificationFailed {
  /** Whether the header of the token names no key, so that a new key may be the right one. */
  readonly isOpen: boolean

  constructor(isOpen: boolean) {
    super()
    this.isOpen = isOpen
  }
}

/** Whether an error leaves it open that the token was signed with a key that is not loaded yet. */
function isKeyUnknown(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    (error instanceof NoKeyFits && error.isOpen)
  )
}

/**
 * Returns the function that checks signatures and claims. For a token with an unknown key it loads the keys again, where that is possible.
 */
export function createVerifyToken({ key, issuer, audience, userIdClaim }: VerifyOptions): VerifyToken {
  const optionsAt = (now: number) => ({
    algorithms: [...key.algorithms],
    requiredClaims: [userIdClaim, 'exp'],
    clockTolerance: CLOCK_TOLERANCE_SECONDS,
    currentDate: new Date(now),
    ...(issuer === undefined ? {} : { issuer }),
    ...(audience === undefined ? {} : { audience }),
  })

  const check = async (token: string, now: number): Promise<JWTPayload> => {
    const options = optionsAt(now)
    let keyId: string | undefined
    let keys: readonly CryptoKey[] | undefined
    for (let tried = 0; ; tried += 1) {
      // jose calls this only when the algorithm of the token is allowed.
      const next = async (header: JWTHeaderParameters): Promise<CryptoKey> => {
        keyId = header.kid
        keys ??= await key.candidates(header)
        return keys[tried] ?? Promise.reject(new errors.JWKSNoMatchingKey())
      }
      try {
        return (await jwtVerify(token, next, options)).payload
      } catch (error) {
        // Any other mistake stays one with every key.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error
        const count = keys?.length ?? 0
        if (tried + 1 < count) continue
        throw key.refresh !== undefined && count > 1
          ? new errors.JWKSMultipleMatchingKeys()
          : new NoKeyFits(keyId === undefined)
      }
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
      // A load that was under way already may have read the keys before the issuer published this one.
      if (isFresh || !isKeyUnknown(error)) throw error
      await refresh()
      return check(token, now)
    }
  }

  return async (token, now, address) => {
    const { refresh } = key
    try {
      return await check(token, now).catch((error: unknown) => {
        if (!refresh || !isKeyUnknown(error)) throw error
        requirePlausible(token, now)
        return checkWithNewKeys(token, now, () => refresh(address))
      })
    } catch (error) {
      throw verificationError(error, now)
    }
  }
}
