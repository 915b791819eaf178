import type { Revocation } from './revocation-rows.ts'
import type { Viewer } from './viewer.ts'

/** The part of a viewer by which its token can be revoked. */
export type Revocable = Pick<Viewer, 'userId' | 'issuedAt' | 'tokenId'>

/** The revocations that are in force, in memory. */
export interface RevokedTokens {
  /**
   * Whether a token is revoked: by its `jti`, or by its user when it was issued too early or does not say when. Costs two lookups in maps.
   */
  has(token: Revocable): boolean
  /** Adds a revocation; of two for the same user or token, the later times stay. Returns whether more tokens are refused than before. */
  add(revocation: Revocation): boolean
  /** Forgets revocations that expired before `now`, in milliseconds since 1970. */
  prune(now: number): void
}

interface Bound {
  /** Tokens of the user that were issued before this time are refused. */
  readonly notBefore: number
  readonly expiresAt: number
}

/** A `RevokedTokens` without revocations. */
export function createRevokedTokens(): RevokedTokens {
  const bounds = new Map<string, Bound>()
  /** By `jti`: when the token has expired at the latest. */
  const tokens = new Map<string, number>()

  const addBound = (userId: string, { notBefore, expiresAt }: Bound): boolean => {
    const known = bounds.get(userId)
    const isNewer = known === undefined || known.notBefore < notBefore
    const until = Math.max(expiresAt, known?.expiresAt ?? 0)
    bounds.set(userId, { notBefore: isNewer ? notBefore : known.notBefore, expiresAt: until })
    return isNewer
  }

  const addToken = (tokenId: string, expiresAt: number): boolean => {
    const known = tokens.get(tokenId)
    tokens.set(tokenId, Math.max(expiresAt, known ?? 0))
    return known === undefined
  }

  return {
    has: ({ userId, issuedAt, tokenId }) => {
      const bound = bounds.get(userId)
      if (bound !== undefined && (issuedAt === undefined || issuedAt < bound.notBefore)) return true
      return tokenId !== undefined && tokens.has(tokenId)
    },
    add: ({ kind, key, notBefore, expiresAt }) =>
      kind === 'user' ? addBound(key, { notBefore: notBefore ?? 0, expiresAt }) : addToken(key, expiresAt),
    prune: (now) => {
      for (const [userId, { expiresAt }] of bounds) if (expiresAt < now) bounds.delete(userId)
      for (const [tokenId, expiresAt] of tokens) if (expiresAt < now) tokens.delete(tokenId)
    },
  }
}
