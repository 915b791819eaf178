import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
import { requireText } from '../lib/input.ts'
import { TOKEN_ID, USER_ID } from '../lib/values.ts'
import type { Revocations, Revoked } from './revocations.ts'

/** The commands by which backends revoke tokens. Times are milliseconds since 1970. */
export interface Revoke {
  /**
   * Revokes the tokens of a user that were issued before `issuedBefore`, and those that do not say when they were issued. Left out: those
   * that were issued up to the end of the present second, because tokens have whole seconds.
   */
  tokens(userId: string, issuedBefore: number | null | undefined): Promise<Revoked>
  /** Revokes the token with this `jti`. The revocation ends at `expiresAt`, or when every token of now has expired, whichever is sooner. */
  token(jti: string, expiresAt: number | null | undefined): Promise<Revoked>
}

export interface RevokeDeps {
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly clock: Clock
  /** The longest life of a token, in milliseconds. */
  readonly maxTokenMs: number
}

const SECOND_MS = 1_000
/** How far in the future `issuedBefore` may be, since clocks differ. A later one would shut a user out until then, and cannot be undone. */
const MAX_AHEAD_MS = 60 * 60 * 1_000

/**
 * The commands by which backends revoke tokens. They reject with BAD_USER_INPUT for an id that breaks its rule, or a time too far ahead.
 */
export function createRevoke({ revocations, clock, maxTokenMs }: RevokeDeps): Revoke {
  const requireBound = (issuedBefore: number): number => {
    if (issuedBefore <= clock.now() + MAX_AHEAD_MS) return issuedBefore
    throw badInput('issuedBefore must not be more than an hour ahead: no fresh token would be accepted until then.')
  }

  return {
    tokens: async (userId, issuedBefore) => {
      const key = requireText('userId', userId, USER_ID)
      const notBefore =
        issuedBefore == null ? (Math.floor(clock.now() / SECOND_MS) + 1) * SECOND_MS : requireBound(issuedBefore)
      // Tokens that do not say when they were issued may have been issued until now.
      const expiresAt = Math.max(notBefore, clock.now()) + maxTokenMs
      return revocations.revoke({ kind: 'user', key, notBefore, expiresAt })
    },
    token: async (jti, expiresAt) => {
      const longest = clock.now() + maxTokenMs
      const key = requireText('jti', jti, TOKEN_ID)
      const until = Math.min(expiresAt ?? longest, longest)
      return revocations.revoke({ kind: 'token', key, notBefore: null, expiresAt: until })
    },
  }
}
