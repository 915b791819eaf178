import type { Clock } from '../lib/clock.ts'
import type { Log } from '../lib/log.ts'
import { type ClaimNames, viewerOf } from './claims.ts'
import { type Key, remoteKeys, secretKey } from './key.ts'
import { createRememberedViewers, hashOf } from './remembered-viewers.ts'
import { invalidToken, tokenExpired } from './token-errors.ts'
import { createVerifyToken } from './verify-token.ts'
import type { Viewer } from './viewer.ts'

/**
 * Turns a token into the viewer it describes. Throws UNAUTHENTICATED with `reason: "expired"` when only a fresh token would help,
 * `"early"` when time would, too (its `nbf` is ahead, its key not yet known), and `"invalid"` when nothing would; and
 * SERVICE_UNAVAILABLE when the keys cannot be loaded.
 */
export type Authenticate = (token: string) => Promise<Viewer>

export interface AuthenticateOptions {
  /** Shared with the issuer; either this or `jwksUrl`. */
  readonly secret?: string | undefined
  /** Where the issuer serves its public keys. */
  readonly jwksUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly claims?: Partial<ClaimNames>
  /** Tokens that are not verified again while they last. */
  readonly maxRemembered?: number
  readonly clock: Clock
  readonly log: Log
}

const DEFAULT_CLAIMS: ClaimNames = { userId: 'sub', role: 'role', name: 'name', avatarUrl: 'avatarUrl' }

const MAX_TOKEN_LENGTH = 8_192
const MAX_REMEMBERED = 10_000

/** The text of the claims of a token that was verified. */
const payloadOf = (token: string): string => Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()

const chooseKey = ({ secret, jwksUrl, clock, log }: AuthenticateOptions): Key => {
  if (secret !== undefined && jwksUrl === undefined) return secretKey(secret)
  if (jwksUrl !== undefined && secret === undefined) return remoteKeys(jwksUrl, clock, log)
  throw new Error('Tokens are checked with either a secret or a JWKS')
}

/** Makes the check of tokens. Throws when there is not exactly one of `secret` and `jwksUrl`, or the secret is short. */
export const createAuthenticate = (options: AuthenticateOptions): Authenticate => {
  const { clock, issuer, audience } = options
  const claims = { ...DEFAULT_CLAIMS, ...options.claims }
  const key = chooseKey(options)
  const memory = createRememberedViewers(options.maxRemembered ?? MAX_REMEMBERED)
  let version = key.version()

  /** What was verified with keys that serve no longer must be verified again. */
  const followKeys = (): unknown => {
    const current = key.version()
    if (current !== version) memory.forgetAll()
    version = current
    return version
  }

  const verifyToken = createVerifyToken({ key, issuer, audience, userIdClaim: claims.userId })
  const verify = async (token: string): Promise<Viewer> =>
    viewerOf(await verifyToken(token, clock.now()), () => payloadOf(token), claims)

  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH) throw invalidToken('it is too long')
    const versionBefore = followKeys()
    const hash = hashOf(token)
    const known = memory.recall(hash)
    const viewer = known ?? (await verify(token))
    if (viewer.expiresAt <= clock.now()) {
      memory.forget(hash)
      throw tokenExpired()
    }
    // Otherwise it may have been verified with keys that serve no longer.
    if (!known && followKeys() === versionBefore) memory.remember(hash, viewer)
    return viewer
  }
}
