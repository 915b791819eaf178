import type { Clock } from '../lib/clock.ts'
import { badInput } from '../lib/errors.ts'
import { requireText } from '../lib/input.ts'
import { TOKEN_ID, USER_ID } from '../lib/values.ts'
import type { Revocations, Revoked } from './revocations.ts'

/** What backends can refuse. */
export interface Revoke {
  /**
   * Refuses the tokens of a user that were issued before a moment, and all that do not say when they were issued. Without a moment those of
   * up to and with this second, because tokens have whole seconds.
   */
  tokens(userId: string, issuedBefore: number | null | undefined): Promise<Revoked>
  /** Refuses the token with this `jti`. Forgotten at `expiresAt`, or when no token of now could live any more. */
  token(jti: string, expiresAt: number | null | undefined): Promise<Revoked>
}

export interface RevokeDeps {
  readonly revocations: Pick<Revocations, 'revoke'>
  readonly clock: Clock
  /** How long a token can live, in milliseconds. */
  readonly maxTokenMs: number
}

const SECOND_MS = 1_000
/** Clocks differ. A bound that is further ahead would shut a user out for as long, and no revocation can be taken back. */
const MAX_AHEAD_MS = 60 * 60 * 1_000

/** Makes the commands. They throw BAD_USER_INPUT for what names nothing. */
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
      // Those that do not say when they were issued may have been issued until now.
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
