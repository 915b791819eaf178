import type { JWSHeaderParameters } from 'jose'
import { keyIdOf, verifyingSecrets } from './secrets.ts'

/** The keys that tokens are checked with, and the algorithms that they may be signed with. */
export interface Key {
  /**
   * Resolves to the loaded keys with which a token of this header may have been signed, the most likely first. Rejects with
   * JWKSNoMatchingKey when there is none.
   */
  readonly candidates: (header: JWSHeaderParameters) => Promise<readonly CryptoKey[]>
  readonly algorithms: readonly string[]
  /** A value that changes when the keys change. Calling it is cheap. When the keys are old, it also begins to load them again. */
  readonly version: () => unknown
  /**
   * Loads the keys again, for a token from `address` whose key is not known. Undefined when there is nothing to load. Resolves to whether
   * the load began after this call. There is at most about one load a second, for which all callers wait together. Rejects with
   * SERVICE_UNAVAILABLE when the load fails or takes longer than two seconds, and when too many tokens wait already, in all or from one
   * address.
   */
  readonly refresh: ((address: string | undefined) => Promise<boolean>) | undefined
}

/** The keys for HS256 from a text of secrets, such as `new,old` (`secretsIn`). Throws when a secret is shorter than 32 bytes. */
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
