import type { JWTPayload } from 'jose'
import { invalidToken } from './token-errors.ts'
import type { Role, Viewer } from './viewer.ts'

/** The names of the claims that say who somebody is. */
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

const MAX_ID = 256
const MAX_NAME = 256
const MAX_URL = 2_048
/** The last moment that a Date can hold. */
const END_OF_TIME = 8_640_000_000_000_000

const userIdOf = (value: unknown, claim: string): string => {
  const id = Number.isSafeInteger(value) ? String(value) : value
  if (typeof id !== 'string' || id.trim() === '' || id.length > MAX_ID || !id.isWellFormed()) {
    throw invalidToken(`its claim "${claim}" must be a user id of 1 to ${MAX_ID} characters`)
  }
  return id
}

const roleOf = (value: unknown, claim: string): Role => {
  const role = ROLES.get(value)
  if (!role) throw invalidToken(`its claim "${claim}" must be customer, agent, admin or backend`)
  return role
}

const expiryOf = (value: unknown): number => {
  const expiresAt = typeof value === 'number' ? Math.floor(value * 1_000) : Number.NaN
  if (!(expiresAt <= END_OF_TIME)) throw invalidToken('its claim "exp" must be a time in seconds since 1970')
  return expiresAt
}

const isShowable = (value: unknown): value is string => typeof value === 'string' && /^(https?:\/)?\//i.test(value)

/** The viewer that verified claims describe. What is only for show is left out when unusable. Throws UNAUTHENTICATED. */
export const viewerOf = (payload: JWTPayload, claims: ClaimNames): Viewer => {
  const name = payload[claims.name]
  const avatarUrl = payload[claims.avatarUrl]
  return {
    userId: userIdOf(payload[claims.userId], claims.userId),
    role: roleOf(payload[claims.role], claims.role),
    name: typeof name === 'string' && name !== '' ? name.slice(0, MAX_NAME).toWellFormed() : null,
    avatarUrl: isShowable(avatarUrl) && avatarUrl.length <= MAX_URL ? avatarUrl : null,
    expiresAt: expiryOf(payload.exp),
  }
}
