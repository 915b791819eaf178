/** Keys of a `connection_init` payload that clients put tokens under, in lower case; the first one wins. */
const KEYS = ['authorization', 'authtoken', 'token', 'accesstoken'] as const

/** The token in the value of an `Authorization` header, or a bare token; undefined when there is none. */
export const tokenInHeader = (value: unknown): string | undefined => {
  if (typeof value !== 'string') return undefined
  const [, token] = /^(?:bearer\s+)?(\S+)$/i.exec(value.trim()) ?? []
  // A client that is signed out sends `Bearer ` and nothing behind it.
  return token?.toLowerCase() === 'bearer' ? undefined : token
}

const lowerCased = (value: unknown): Readonly<Record<string, unknown>> =>
  value !== null && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inner]))
    : {}

/** The token in headers written as an object, such as those of GraphiQL. */
export const tokenInHeaders = (headers: unknown): string | undefined => {
  const { authorization } = lowerCased(headers)
  return tokenInHeader(authorization)
}

/** The token in the payload of `connection_init`, wherever clients put it; undefined when there is none. */
export const tokenInPayload = (payload: unknown): string | undefined => {
  const { headers, ...fields } = lowerCased(payload)
  const direct = KEYS.map((key) => tokenInHeader(fields[key])).find((token) => token !== undefined)
  return direct ?? tokenInHeaders(headers)
}
