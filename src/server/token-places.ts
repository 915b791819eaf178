import type { IncomingMessage } from 'node:http'
import { invalidToken } from '../auth/token-errors.ts'

/**
 * Keys under which clients put tokens in the payload of `connection_init`, in lower case and without `-` and `_`. Example: `authToken` is
 * read as `authtoken`. The first key with a token wins.
 */
const KEYS = ['authorization', 'authtoken', 'token', 'accesstoken'] as const

/** A token with or without `Bearer` in front. A client that is signed out sends `Bearer ` and nothing behind it. */
const WRITTEN = /^(?:bearer(?:\s+|$))?(\S*)$/i

const NOT_BEARER = 'it must be written as Bearer, a space, and the token'

/**
 * The token in a text such as `Bearer abc` or `abc`. Empty when there is none; undefined when the text is something else, such as a
 * password.
 */
function read(value: string): string | undefined {
  return WRITTEN.exec(value.trim())?.[1]
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * The token in the value of an `Authorization` header, or a bare token; undefined when there is none. Throws UNAUTHENTICATED for a value
 * that is no token, such as a list or a password: a client that sends it wants to be signed in, so it is not served as a stranger.
 */
export function tokenInHeader(value: unknown): string | undefined {
  if (value === undefined || value === null || value === false) return undefined
  if (typeof value !== 'string') throw invalidToken(`it must be a text; it is ${kindOf(value)}`)
  const token = read(value)
  if (token === undefined) throw invalidToken(NOT_BEARER)
  return token || undefined
}

function isAuthorization(name: string | undefined): boolean {
  return name?.toLowerCase() === 'authorization'
}

/**
 * The token in the `Authorization` header of a request; undefined when there is none. Throws UNAUTHENTICATED as `tokenInHeader` does, and
 * when there are two different headers.
 */
export function tokenInRequest({ headers: { authorization }, rawHeaders }: IncomingMessage): string | undefined {
  // Of two headers Node takes the first one, and a proxy in front perhaps the second.
  const isAnother = (value: string, at: number) =>
    at % 2 === 1 && isAuthorization(rawHeaders[at - 1]) && value !== authorization
  if (rawHeaders.some(isAnother)) throw invalidToken('there are two Authorization headers')
  return tokenInHeader(authorization)
}

/**
 * The token in an `Authorization` header that may be meant for others, too; undefined when there is none. Anything else is ignored, such as
 * a password that a browser sends by itself.
 */
export function bearerIn(value: string | undefined): string | undefined {
  return (value === undefined ? undefined : read(value)) || undefined
}

function lowerCased(value: unknown): Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object'
    ? Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key.toLowerCase().replaceAll(/[-_]/g, ''), inner]),
      )
    : {}
}

/**
 * The token in headers that are written as an object, such as GraphiQL's `{ "Authorization": "Bearer …" }`; undefined when there is none.
 * Throws UNAUTHENTICATED as `tokenInHeader` does, and for a list.
 */
export function tokenInHeaders(headers: unknown): string | undefined {
  if (Array.isArray(headers) && headers.length > 0) throw invalidToken('the headers must be an object; they are a list')
  return tokenInHeader(lowerCased(headers)['authorization'])
}

/**
 * The token in the payload of `connection_init`, at any of the places where clients put it; undefined when there is none. Throws
 * UNAUTHENTICATED as `tokenInHeader` does.
 */
export function tokenInPayload(payload: unknown): string | undefined {
  const { headers, ...fields } = lowerCased(payload)
  for (const key of KEYS) {
    const token = tokenInHeader(fields[key])
    if (token !== undefined) return token
  }
  return tokenInHeaders(headers)
}
