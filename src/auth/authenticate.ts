import type { Clock } from '../lib/clock.ts'
import { describeDuration } from '../lib/duration.ts'
import type { Log } from '../lib/log.ts'
import { type ClaimNames, viewerOf } from './claims.ts'
import { type Key, secretKeys } from './key.ts'
import { createRememberedViewers, hashOf } from './remembered-viewers.ts'
import { remoteKeys } from './remote-keys.ts'
import type { Revocable } from './revoked-tokens.ts'
import { invalidToken, tokenExpired, tokenRevoked } from './token-errors.ts'
import { createVerifyToken } from './verify-token.ts'
import type { Viewer } from './viewer.ts'

/**
 * Checks a token, and resolves to the viewer that it describes. `address` is where it comes from (`ClientAddress.key`).
 * Rejects with SERVICE_UNAVAILABLE when the keys cannot be loaded. Otherwise with UNAUTHENTICATED; `reason` says what would help:
 * - `"expired"` or `"revoked"`: only a fresh token.
 * - `"early"`: a fresh token, or waiting, since its `nbf` is in the future or its key is not known yet.
 * - `"invalid"`: nothing.
 */
export type Authenticate = (token: string, address?: string) => Promise<Viewer>

export interface AuthenticateOptions {
  /** The secrets that are shared with the issuer, separated by commas. Either this or `jwksUrl` must be given. */
  readonly secret?: string | undefined
  /** The URL at which the issuer serves its public keys. */
  readonly jwksUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly claims?: Partial<ClaimNames>
  /** The longest life of a token, in seconds. 90 days when left out. */
  readonly maxTtlSeconds?: number
  /** How many verified tokens are remembered, so that they are not verified again; 10 000 when left out. */
  readonly maxRemembered?: number
  /** Whether a token was revoked. Called each time, for remembered tokens, too. Left out: no token is. */
  readonly isRevoked?: (token: Revocable) => boolean
  readonly clock: Clock
  readonly log: Log
}

const DEFAULT_CLAIMS: ClaimNames = { userId: 'sub', role: 'role', name: 'name', avatarUrl: 'avatarUrl' }

const DEFAULT_MAX_TTL_SECONDS = 90 * 24 * 60 * 60
const MAX_TOKEN_LENGTH = 8_192
const MAX_REMEMBERED = 10_000

/** The claims of a verified token, as JSON text. */
function payloadOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
}

/** How much clocks of two machines may differ, in milliseconds: a token that was issued just now may seem to come from the future. */
const TOLERANCE_MS = 5_000

/**
 * Returns the viewer. Throws UNAUTHENTICATED when its token lives for longer than `maxTtlSeconds`, counted from when it was issued, or from
 * now when it does not say. The bound is there so that a revocation can be deleted some day.
 */
function requireLife(viewer: Viewer, maxTtlSeconds: number, now: number): Viewer {
  const latest = now + TOLERANCE_MS
  const { expiresAt, issuedAt = latest } = viewer
  const isLong = expiresAt - Math.min(issuedAt, latest) > maxTtlSeconds * 1_000
  if (!isLong) return viewer
  throw invalidToken(
    `its claim "exp" is too far away; tokens live for at most ${describeDuration(maxTtlSeconds)}`,
    'Let tokens end sooner, or raise JWT_MAX_TTL.',
  )
}

function chooseKey({ secret, jwksUrl, clock, log }: AuthenticateOptions): Key {
  if (secret !== undefined && jwksUrl === undefined) return secretKeys(secret)
  if (jwksUrl !== undefined && secret === undefined) return remoteKeys(jwksUrl, clock, log)
  throw new Error('Tokens are checked with either a secret or a JWKS')
}

/**
 * Returns the function that checks tokens. Throws unless exactly one of `secret` and `jwksUrl` is given, and when a secret is too short.
 */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { clock, issuer, audience, isRevoked = () => false, maxTtlSeconds = DEFAULT_MAX_TTL_SECONDS } = options
  const claims = { ...DEFAULT_CLAIMS, ...options.claims }
  const key = chooseKey(options)
  const memory = createRememberedViewers(options.maxRemembered ?? MAX_REMEMBERED)
  let version = key.version()

  /**
   * When the keys have changed, forgets all tokens, since they may have been verified with keys that are gone. Returns the version of the
   * keys.
   */
  const followKeys = (): unknown => {
    const current = key.version()
    if (current !== version) memory.forgetAll()
    version = current
    return version
  }

  const verifyToken = createVerifyToken({ key, issuer, audience, userIdClaim: claims.userId })
  const verify = async (token: string, address: string | undefined): Promise<Viewer> => {
    const now = clock.now()
    return requireLife(
      viewerOf(await verifyToken(token, now, address), () => payloadOf(token), claims),
      maxTtlSeconds,
      now,
    )
  }

  return async (token, address) => {
    if (token.length > MAX_TOKEN_LENGTH) throw invalidToken('it is too long')
    const versionBefore = followKeys()
    const hash = hashOf(token)
    const known = memory.recall(hash)
    const viewer = known ?? (await verify(token, address))
    if (viewer.expiresAt <= clock.now()) {
      memory.forget(hash)
      throw tokenExpired()
    }
    if (isRevoked(viewer)) throw tokenRevoked()
    // When the keys have changed meanwhile, it may have been verified with keys that are gone.
    if (!known && followKeys() === versionBefore) memory.remember(hash, viewer)
    return viewer
  }
}
