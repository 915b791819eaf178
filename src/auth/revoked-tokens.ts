import type { Revocation } from './revocation-rows.ts'
import type { Viewer } from './viewer.ts'

/** What a token says by which it can be refused. */
export type Revocable = Pick<Viewer, 'userId' | 'issuedAt' | 'tokenId'>

/** What is revoked, in memory: looking costs two looks into a map. */
export interface RevokedTokens {
  /** Whether this token is refused: it was issued too early for its user, or does not say when, or is named itself. */
  has(token: Revocable): boolean
  /** Adds a revocation. One that reaches further stays. False when nothing is refused that was not before. */
  add(revocation: Revocation): boolean
  /** Forgets what can concern no token any more. */
  prune(now: number): void
}

interface Bound {
  /** Tokens that were issued earlier are refused. */
  readonly notBefore: number
  readonly expiresAt: number
}

/** Starts without any. */
export function createRevokedTokens(): RevokedTokens {
  const bounds = new Map<string, Bound>()
  /** By `jti`: when the token ends at the latest. */
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
