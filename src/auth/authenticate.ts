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
 * Turns a token, and where it comes from (`ClientAddress.key`), into the viewer it describes. Throws UNAUTHENTICATED with `reason: "expired"` or `"revoked"` when only a fresh token would help,
 * `"early"` when time would, too (its `nbf` is ahead, its key not yet known), and `"invalid"` when nothing would; and
 * SERVICE_UNAVAILABLE when the keys cannot be loaded.
 */
export type Authenticate = (token: string, address?: string) => Promise<Viewer>

export interface AuthenticateOptions {
  /** Shared with the issuer; several are separated by commas. Either this or `jwksUrl`. */
  readonly secret?: string | undefined
  /** Where the issuer serves its public keys. */
  readonly jwksUrl?: string | undefined
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  readonly claims?: Partial<ClaimNames>
  /** How long a token can live at most, in seconds. 90 days when left out. */
  readonly maxTtlSeconds?: number
  /** Tokens that are not verified again while they last. */
  readonly maxRemembered?: number
  /** Whether a token is refused although it has not ended; none is when left out. Asked each time, of remembered tokens, too. */
  readonly isRevoked?: (token: Revocable) => boolean
  readonly clock: Clock
  readonly log: Log
}

const DEFAULT_CLAIMS: ClaimNames = { userId: 'sub', role: 'role', name: 'name', avatarUrl: 'avatarUrl' }

const DEFAULT_MAX_TTL_SECONDS = 90 * 24 * 60 * 60
const MAX_TOKEN_LENGTH = 8_192
const MAX_REMEMBERED = 10_000

/** The text of the claims of a token that was verified. */
function payloadOf(token: string): string {
  return Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
}

/** Clocks of two machines differ a little: what was issued just now may seem to be issued a little later. */
const TOLERANCE_MS = 5_000

/**
 * The viewer of a token that lives no longer than tokens may: from when it was issued, or from now when it does not say. So a revocation
 * can be forgotten some day. Throws UNAUTHENTICATED.
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

/** Makes the check of tokens. Throws when there is not exactly one of `secret` and `jwksUrl`, or the secret is short. */
export function createAuthenticate(options: AuthenticateOptions): Authenticate {
  const { clock, issuer, audience, isRevoked = () => false, maxTtlSeconds = DEFAULT_MAX_TTL_SECONDS } = options
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
    // Otherwise it may have been verified with keys that serve no longer.
    if (!known && followKeys() === versionBefore) memory.remember(hash, viewer)
    return viewer
  }
}
