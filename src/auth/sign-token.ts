import { SignJWT } from 'jose'
import { type Clock, systemClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { ClaimNames } from './claims.ts'
import type { Role } from './viewer.ts'

export interface TokenOptions {
  /** The HS256 secret that Herald checks with: at least 32 bytes. */
  readonly secret: string
  readonly userId: string
  readonly role: Role
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null | undefined
  /** How long the token is valid, in seconds. */
  readonly ttlSeconds: number
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** Claims with other names than the usual ones. */
  readonly claims?: Partial<ClaimNames>
  readonly clock?: Clock
}

/** Signs a token that a Herald with the same secret, issuer, audience and claim names accepts. */
export const signToken = ({
  secret,
  userId,
  role,
  name,
  avatarUrl,
  ttlSeconds,
  issuer,
  audience,
  claims = {},
  clock = systemClock,
}: TokenOptions): Promise<string> => {
  const now = Math.floor(clock.now() / 1_000)
  const payload = {
    sub: userId,
    [claims.userId ?? 'sub']: userId,
    [claims.role ?? 'role']: role.toLowerCase(),
    ...(name != null && { [claims.name ?? 'name']: name }),
    ...(avatarUrl != null && { [claims.avatarUrl ?? 'avatarUrl']: avatarUrl }),
    ...(issuer !== undefined && { iss: issuer }),
    ...(audience !== undefined && { aud: audience }),
    iat: now,
    exp: now + ttlSeconds,
    jti: newId(),
  }
  return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', typ: 'JWT' }).sign(new TextEncoder().encode(secret))
}
