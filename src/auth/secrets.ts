import { createHash } from 'node:crypto'

/** HS256 needs as many bytes as its hash has (RFC 7518, section 3.2). */
export const MIN_SECRET_BYTES = 32
/** Each is one more that a forged token is tried with. */
const MAX_SECRETS = 8

/**
 * The secrets in a text such as `new,old`: the first one signs, all of them verify. Spaces and line breaks around them are none of them: files
 * and shells add those. Throws an Error that says what is wrong with which, and never the secret.
 */
export function secretsIn(text: string): readonly [string, ...string[]] {
  const [first = '', ...others] = text.split(',').map((secret) => secret.trim())
  const secrets = [first, ...others] as const
  if (secrets.length > MAX_SECRETS) throw new Error(`must not have more than ${MAX_SECRETS} secrets`)
  const short = secrets.findIndex((secret) => Buffer.byteLength(secret) < MIN_SECRET_BYTES)
  if (short < 0) return [first, ...others]
  const which = others.length === 0 ? '' : ` in each of its secrets between commas; number ${short + 1} has fewer`
  throw new Error(`must have at least ${MIN_SECRET_BYTES} bytes${which}`)
}

/**
 * All that a token may have been signed with: the secrets, and the whole text as it is, for those who sign with that because it has a line
 * break at its end, or because their secret contained a comma before commas meant anything.
 */
export function verifyingSecrets(text: string): readonly string[] {
  return [...new Set([...secretsIn(text), text])]
}

/** Names a secret in the header of a token, so that of several the right one is tried first. It only ever chooses among those that are configured. */
export function keyIdOf(secret: string): string {
  return createHash('sha256').update(`herald ${secret}`).digest('base64url').slice(0, 8)
}
