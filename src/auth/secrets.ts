import { createHash, timingSafeEqual } from 'node:crypto'

/** The least bytes of a secret: HS256 needs as many as its hash has (RFC 7518, section 3.2). */
export const MIN_SECRET_BYTES = 32
/** The most secrets, because a forged token is checked with each of them. */
const MAX_SECRETS = 8

/**
 * The secrets in a text such as `new,old`: the first one signs, and all of them verify. Spaces and line breaks around them are removed,
 * since files and shells add those. Throws an Error when a secret is too short or there are too many. Its message says which one, but does
 * not contain the secret.
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
 * All secrets with which a token may have been signed: those of `secretsIn`, and the whole text as it is. Some issuers sign with the whole
 * text, because it ends with a line break, or because their secret contained a comma before commas had a meaning.
 */
export function verifyingSecrets(text: string): readonly string[] {
  return [...new Set([...secretsIn(text), text])]
}

/**
 * The id of a secret for the header of a token (`kid`), so that of several secrets the right one is tried first. It does not reveal the
 * secret.
 */
export function keyIdOf(secret: string): string {
  return createHash('sha256').update(`herald ${secret}`).digest('base64url').slice(0, 8)
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** Whether a text is the secret. It takes the same time wherever the two differ, so that timing betrays nothing. */
export function isSameSecret(given: string, secret: string): boolean {
  return timingSafeEqual(hashOf(given), hashOf(secret))
}
