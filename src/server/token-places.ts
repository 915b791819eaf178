import type { IncomingMessage } from 'node:http'
import { invalidToken } from '../auth/token-errors.ts'

/** Keys of a `connection_init` payload that clients put tokens under, in lower case, without `-` and `_`; the first one wins. */
const KEYS = ['authorization', 'authtoken', 'token', 'accesstoken'] as const

/** With or without a word in front. A client that is signed out sends `Bearer ` and nothing behind it. */
const WRITTEN = /^(?:bearer(?:\s+|$))?(\S*)$/i

const NOT_BEARER = 'it must be written as Bearer, a space, and the token'

/** The token in the value of an `Authorization` header, or a bare token; empty when there is none, undefined when it is something else. */
function read(value: string): string | undefined {
  return WRITTEN.exec(value.trim())?.[1]
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * The token in the value of an `Authorization` header, or a bare token; undefined when there is none. Throws UNAUTHENTICATED for what is
 * no token, such as a list or a password: whoever sends it means to be somebody.
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

/** The token in the header of a request over HTTP. Throws UNAUTHENTICATED as `tokenInHeader` does, and when there are two. */
export function tokenInRequest({ headers: { authorization }, rawHeaders }: IncomingMessage): string | undefined {
  // Node takes the first one, and a proxy in front perhaps the second.
  const isAnother = (value: string, at: number) =>
    at % 2 === 1 && isAuthorization(rawHeaders[at - 1]) && value !== authorization
  if (rawHeaders.some(isAnother)) throw invalidToken('there are two Authorization headers')
  return tokenInHeader(authorization)
}

/** The token in a header that others may have a use for, too: a password, which browsers send by themselves, is none. Undefined when there is none. */
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

/** The token in headers written as an object, such as those of GraphiQL. Throws UNAUTHENTICATED as `tokenInHeader` does. */
export function tokenInHeaders(headers: unknown): string | undefined {
  if (Array.isArray(headers) && headers.length > 0) throw invalidToken('the headers must be an object; they are a list')
  return tokenInHeader(lowerCased(headers)['authorization'])
}

/**
 * The token in the payload of `connection_init`, wherever clients put it; undefined when there is none. Throws UNAUTHENTICATED as
 * `tokenInHeader` does.
 */
export function tokenInPayload(payload: unknown): string | undefined {
  const { headers, ...fields } = lowerCased(payload)
  for (const key of KEYS) {
    const token = tokenInHeader(fields[key])
    if (token !== undefined) return token
  }
  return tokenInHeaders(headers)
}
