import { SignJWT } from 'jose'
import { type AuthenticateOptions, createAuthenticate } from '../../src/auth/authenticate.ts'
import { createManualClock } from './clock.ts'
import { silentLog } from './embedded.ts'

/** Signs the tokens of these tests. */
export const SECRET = 'a-secret-that-has-at-least-32-bytes'
/** When the tests begin. */
export const NOW = Date.UTC(2026, 0, 1)

/** As tokens write times. */
export function seconds(ms: number): number {
  return Math.floor(ms / 1_000)
}
/** The end of most tokens. */
export const IN_AN_HOUR = seconds(NOW) + 3_600

/** Signs a token with a shared secret. */
export function sign(claims: Record<string, unknown>, { secret = SECRET, alg = 'HS256' } = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg }).sign(new TextEncoder().encode(secret))
}

/** Makes what checks tokens, with a clock that stands still. */
export function setUp(options: Partial<AuthenticateOptions> = { secret: SECRET }) {
  const clock = createManualClock(NOW)
  return { clock, authenticate: createAuthenticate({ clock, log: silentLog(), ...options }) }
}

/** The token can never be accepted. */
export const invalid = { code: 'UNAUTHENTICATED', details: { reason: 'invalid' } }
/** The token may be accepted later. */
export const early = { code: 'UNAUTHENTICATED', details: { reason: 'early' } }
/** The token was good once. */
export const expired = { code: 'UNAUTHENTICATED', details: { reason: 'expired' } }
