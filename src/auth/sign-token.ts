import { SignJWT } from 'jose'
import { type Clock, systemClock } from '../lib/clock.ts'
import { newId } from '../lib/ids.ts'
import type { ClaimNames } from './claims.ts'
import { keyIdOf, secretsIn } from './secrets.ts'
import type { Role } from './viewer.ts'

export interface TokenOptions {
  /** The HS256 secrets with which Herald checks tokens, at least 32 bytes each, separated by commas. The first one signs. */
  readonly secret: string
  readonly userId: string
  readonly role: Role
  readonly name?: string | null | undefined
  readonly avatarUrl?: string | null | undefined
  /** How long the token is valid, in seconds. */
  readonly ttlSeconds: number
  readonly issuer?: string | undefined
  readonly audience?: string | undefined
  /** The names of claims, where they differ from the defaults: `sub`, `role`, `name` and `avatarUrl`. */
  readonly claims?: Partial<ClaimNames>
  readonly clock?: Clock
}

/** Signs a new token with a random `jti`. A Herald with the same secret, issuer, audience and claim names accepts it. */
export function signToken({
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
}: TokenOptions): Promise<string> {
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
  const [signing] = secretsIn(secret)
  const header = { alg: 'HS256', typ: 'JWT', kid: keyIdOf(signing) }
  return new SignJWT(payload).setProtectedHeader(header).sign(new TextEncoder().encode(signing))
}
