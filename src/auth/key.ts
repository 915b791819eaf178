import type { JWSHeaderParameters } from 'jose'
import { keyIdOf, verifyingSecrets } from './secrets.ts'

/** The keys that tokens are checked with, and the algorithms that they may be signed with. */
export interface Key {
  /**
   * The keys among those that are known now which a token with this header may have been signed with, the likeliest first. Rejects with
   * JWKSNoMatchingKey when there is none.
   */
  readonly candidates: (header: JWSHeaderParameters) => Promise<readonly CryptoKey[]>
  readonly algorithms: readonly string[]
  /** Another value once other keys serve. Asking is cheap, and makes old keys be loaded again. */
  readonly version: () => unknown
  /**
   * Loads the keys anew, for a token from `address` whose key is not known; undefined where there is nothing to load. At most one load a
   * second, which all who ask wait for, two seconds at most; only so many, and of one address a part of these. Resolves to whether it began after this call. Rejects with SERVICE_UNAVAILABLE when they
   * cannot be had in time.
   */
  readonly refresh: ((address: string | undefined) => Promise<boolean>) | undefined
}

/** The secrets that the issuer shares, as `secretsIn` reads them. Throws when one is shorter than what HS256 needs. */
export function secretKeys(text: string): Key {
  const keys = verifyingSecrets(text).map((secret) => {
    const bytes = new TextEncoder().encode(secret)
    const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
    return { id: keyIdOf(secret), key }
  })
  return {
    candidates: ({ kid }) => {
      const named = keys.filter(({ id }) => id === kid)
      return Promise.all([...named, ...keys.filter(({ id }) => id !== kid)].map(({ key }) => key))
    },
    algorithms: ['HS256'],
    version: () => 0,
    refresh: undefined,
  }
}
