import { badInput } from './errors.ts'
import type { JsonObject, JsonValue } from './json.ts'

export interface TextRules {
  /** The most characters (UTF-16 units, as `length` counts). */
  readonly max: number
  /** Line breaks and tabs are allowed: running text rather than one line. */
  readonly multiline?: boolean
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL_BUT_LINES = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/

/** Throws BAD_USER_INPUT unless `value` is text that can be stored and shown: not blank, well-formed, within `max`. */
export const requireText = (name: string, value: string, { max, multiline = false }: TextRules): string => {
  if (value.trim() === '') throw badInput(`${name} must not be empty.`)
  if (value.length > max) throw badInput(`${name} is too long: ${value.length} characters, at most ${max}.`)
  if (!value.isWellFormed()) throw badInput(`${name} contains half a surrogate pair, which is no character.`)
  if ((multiline ? CONTROL_BUT_LINES : CONTROL).test(value)) throw badInput(`${name} contains a control character.`)
  return value
}

/** `requireText` for what may be left out; null and undefined become null. */
export const optionalText = (name: string, value: string | null | undefined, rules: TextRules): string | null =>
  value == null ? null : requireText(name, value, rules)

/** Throws BAD_USER_INPUT when `value` needs more than `maxBytes` bytes in UTF-8. */
export const requireBytes = (name: string, value: string, maxBytes: number): string => {
  const bytes = Buffer.byteLength(value)
  if (bytes > maxBytes) throw badInput(`${name} is too large: ${bytes} bytes, at most ${maxBytes}.`)
  return value
}

const MAX_JSON_DEPTH = 32

const requireStorable = (name: string, value: JsonValue, depth: number): void => {
  if (depth > MAX_JSON_DEPTH) throw badInput(`${name} is nested deeper than ${MAX_JSON_DEPTH} levels.`)
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw badInput(`${name} contains half a surrogate pair, which is no character.`)
    if (value.includes('\0')) throw badInput(`${name} contains a NUL character.`)
  } else if (value !== null && typeof value === 'object') {
    for (const [key, inner] of Object.entries(value)) {
      requireStorable(name, key, depth)
      requireStorable(name, inner, depth + 1)
    }
  }
}

/** Returns `value` as JSON text; throws BAD_USER_INPUT when it is larger than `maxBytes` or cannot be stored. */
export const optionalJson = (name: string, value: JsonObject | null | undefined, maxBytes: number): string | null => {
  if (value == null) return null
  requireStorable(name, value, 0)
  return requireBytes(name, JSON.stringify(value), maxBytes)
}

/** Throws BAD_USER_INPUT unless `value` can be an id: 1 to `max` characters of one line. */
export const requireId = (name: string, value: string, max = 256): string => requireText(name, value, { max })

/** The different ids of a list, in its order. Throws BAD_USER_INPUT when there are none, too many, or one is unusable. */
export const requireIds = (name: string, values: readonly string[], max: number): readonly string[] => {
  if (values.length === 0) throw badInput(`${name} must not be empty.`)
  if (values.length > max) throw badInput(`${name} has ${values.length} entries, at most ${max} are allowed.`)
  for (const value of values) requireId(`Each of ${name}`, value)
  return [...new Set(values)]
}

/** Throws BAD_USER_INPUT unless `value` is from 1 to `max`. */
export const requirePageSize = (name: string, value: number, max: number): number => {
  if (!Number.isInteger(value) || value < 1 || value > max) throw badInput(`${name} must be from 1 to ${max}.`)
  return value
}

const MAX_URL = 2_048

/**
 * The URL, or null for null and undefined. Throws BAD_USER_INPUT unless it is a path from the root, as `/billing`, or an
 * address with one of `schemes`, as `https:`: nothing else that a click could run.
 */
export const optionalUrl = (
  name: string,
  value: string | null | undefined,
  schemes: readonly string[],
): string | null => {
  const url = optionalText(name, value, { max: MAX_URL })
  if (url === null) return null
  // Browsers take //host and /\host for another site.
  const isPath = /^\/(?![/\\])\S*$/.test(url)
  const isAddress = /^[a-z]+:\S+$/i.test(url) && schemes.includes(URL.parse(url)?.protocol ?? '')
  if (!isPath && !isAddress) throw badInput(`${name} must be a path or begin with ${schemes.join(' or ')}.`)
  return url
}
