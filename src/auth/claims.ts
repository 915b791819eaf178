import type { JWTPayload } from 'jose'
import { mistakeInAddress } from '../lib/address-rule.ts'
import { isExactNumber } from '../lib/numbers.ts'
import { mistakeInText } from '../lib/text.ts'
import { NAME, PICTURE, USER_ID } from '../lib/values.ts'
import { invalidToken } from './token-errors.ts'
import type { Role, Viewer } from './viewer.ts'

/** The names of the claims of a token from which the viewer is read. */
export interface ClaimNames {
  readonly userId: string
  readonly role: string
  readonly name: string
  readonly avatarUrl: string
}

const ROLES: ReadonlyMap<unknown, Role> = new Map<unknown, Role>([
  [undefined, 'CUSTOMER'],
  ['customer', 'CUSTOMER'],
  ['agent', 'AGENT'],
  ['admin', 'ADMIN'],
  ['backend', 'BACKEND'],
])

/** The last time that a Date can hold, in milliseconds since 1970. */
const END_OF_TIME = 8_640_000_000_000_000

const NUMBERS = /"((?:[^"\\]|\\.)*)"\s*:\s*(-?\d[\d.eE+-]*)/g

/** Whether a number claim is written in the payload as the same number that JavaScript holds (`isExactNumber`). */
function isExactIn(payload: string, claim: string): boolean {
  return [...payload.matchAll(NUMBERS)].every(
    ([, name, number = '']) => JSON.parse(`"${name}"`) !== claim || isExactNumber(number),
  )
}

const ADVICE = 'JWT_CLAIM_USER_ID names the claim.'

function userIdOf(value: unknown, claim: string, payload: () => string): string {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && isExactIn(payload(), claim)) return String(value)
    throw invalidToken(`its claim "${claim}" is a number that would become another one; it must be a text`)
  }
  if (typeof value !== 'string') throw invalidToken(`its claim "${claim}" must be a user id, which is a text`, ADVICE)
  const mistake = mistakeInText(value, USER_ID)
  if (mistake !== undefined) throw invalidToken(`its claim "${claim}" ${mistake}`, ADVICE)
  return value
}

function roleOf(value: unknown, claim: string): Role {
  const role = ROLES.get(value)
  if (!role)
    throw invalidToken(
      `its claim "${claim}" must be customer, agent, admin or backend`,
      'JWT_CLAIM_ROLE names the claim.',
    )
  return role
}

function expiryOf(value: unknown): number {
  const expiresAt = typeof value === 'number' ? Math.floor(value * 1_000) : Number.NaN
  if (!(expiresAt <= END_OF_TIME)) throw invalidToken('its claim "exp" must be a time in seconds since 1970')
  return expiresAt
}

/** When a token was issued, in milliseconds since 1970. Undefined without the claim. An `iat` that is not valid was refused before. */
function issuedAtOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value * 1_000 : undefined
}

function tokenIdOf(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  return typeof value === 'string' ? value : undefined
}

function textOrNull(value: unknown, mistake: (text: string) => string | undefined): string | null {
  return typeof value === 'string' && mistake(value) === undefined ? value : null
}

/**
 * Reads the viewer from verified claims. `payload` returns the text that they were read from. A name or picture that breaks its rule
 * becomes null, since it is only shown. Throws UNAUTHENTICATED when the user id, the role or the end is not valid.
 */
export function viewerOf(claimed: JWTPayload, payload: () => string, claims: ClaimNames): Viewer {
  return {
    userId: userIdOf(claimed[claims.userId], claims.userId, payload),
    role: roleOf(claimed[claims.role], claims.role),
    name: textOrNull(claimed[claims.name], (name) => mistakeInText(name, NAME)),
    avatarUrl: textOrNull(claimed[claims.avatarUrl], (address) => mistakeInAddress(address, PICTURE)),
    expiresAt: expiryOf(claimed.exp),
    issuedAt: issuedAtOf(claimed.iat),
    tokenId: tokenIdOf(claimed.jti),
  }
}
