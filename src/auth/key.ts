import { createRemoteJWKSet, type JWKSCacheInput, type JWTVerifyGetKey, jwksCache } from 'jose'
import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'

/** The keys that tokens are checked with, and the algorithms that they may be signed with. */
export interface Key {
  readonly get: JWTVerifyGetKey
  readonly algorithms: readonly string[]
  /** Another value once other keys serve. Asking is cheap, and makes old keys be loaded again as `get` does. */
  readonly version: () => unknown
}

const MIN_SECRET_BYTES = 32
const REFRESH_MS = 600_000

/** One secret that the issuer shares. Throws when it is shorter than what HS256 needs. */
export const secretKey = (secret: string): Key => {
  const bytes = new TextEncoder().encode(secret)
  if (bytes.length < MIN_SECRET_BYTES) throw new Error(`A token secret must have at least ${MIN_SECRET_BYTES} bytes`)
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  return { get: () => key, algorithms: ['HS256'], version: () => 0 }
}

/**
 * The public keys that the issuer serves. They are loaded when first needed and again after ten minutes or for an unknown
 * key id; while the issuer cannot be reached, those loaded before still serve.
 */
export const remoteKeys = (url: string, clock: Clock, log: Log): Key => {
  const cache: JWKSCacheInput = {}
  const keys = createRemoteJWKSet(new URL(url), { cacheMaxAge: Number.POSITIVE_INFINITY, [jwksCache]: cache })
  let refreshAt = clock.now() + REFRESH_MS

  const refreshWhenOld = (): void => {
    if (clock.now() < refreshAt || !keys.jwks()) return
    refreshAt = clock.now() + REFRESH_MS
    keys.reload().catch((err: unknown) => log.warn({ err }, 'could not refresh the keys that tokens are checked with'))
  }

  let written: unknown
  let version = ''

  return {
    version: () => {
      refreshWhenOld()
      if (cache['jwks'] !== written) version = JSON.stringify(cache['jwks'])
      written = cache['jwks']
      return version
    },
    get: (header, token) => {
      refreshWhenOld()
      return keys(header, token)
    },
    // Public keys are public: were a shared-secret algorithm allowed, anybody could sign with one.
    algorithms: ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
  }
}
