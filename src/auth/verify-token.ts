import { errors, type JWTHeaderParameters, type JWTPayload, jwtVerify, UnsecuredJWT } from 'jose'
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

/** Checks a token at `now`, in milliseconds since 1970, that comes from `address`. Rejects with what `Authenticate` may throw. */
export type VerifyToken = (token: string, now: number, address: string | undefined) => Promise<JWTPayload>

const UNSIGNED_HEADER = Buffer.from('{"alg":"none"}').toString('base64url')

/** None of the keys that a token may have been signed with fits. */
class NoKeyFits extends errors.JWSSignatureVerificationFailed {
  /** Its header does not say which one it was, so that a new key may. */
  readonly isOpen: boolean

  constructor(isOpen: boolean) {
    super()
    this.isOpen = isOpen
  }
}

/** Whether a key that is not known yet may be the right one. */
function isKeyUnknown(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    (error instanceof NoKeyFits && error.isOpen)
  )
}

/** Makes the check of signatures and claims. */
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
      // jose asks for it only when the algorithm of the token is allowed.
      const next = async (header: JWTHeaderParameters): Promise<CryptoKey> => {
        keyId = header.kid
        keys ??= await key.candidates(header)
        return keys[tried] ?? Promise.reject(new errors.JWKSNoMatchingKey())
      }
      try {
        return (await jwtVerify(token, next, options)).payload
      } catch (error) {
        // Anything else is wrong whatever it was signed with.
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
      // What was under way already may have been read before the issuer published the key.
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
