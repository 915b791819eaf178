import { mistakeInAddress } from './address-rule.ts'
import { badInput } from './errors.ts'
import type { JsonObject, JsonValue } from './json.ts'
import { mistakeInText, type TextRule } from './text.ts'
import type { AddressRule } from './values.ts'

/**
 * Returns `value`. Throws BAD_USER_INPUT when it breaks the rule, cannot be stored, or has no visible character. `name` begins the message.
 */
export function requireText(name: string, value: string, rule: TextRule): string {
  const mistake = mistakeInText(value, rule)
  if (mistake !== undefined) throw badInput(`${name} ${mistake}.`)
  return value
}

/** `requireText` for an argument that may be left out. Returns null for null and undefined. */
export function optionalText(name: string, value: string | null | undefined, rule: TextRule): string | null {
  return value == null ? null : requireText(name, value, rule)
}

/** Returns `value`. Throws BAD_USER_INPUT when it takes more than `maxBytes` bytes in UTF-8. */
export function requireBytes(name: string, value: string, maxBytes: number): string {
  const bytes = Buffer.byteLength(value)
  if (bytes > maxBytes) throw badInput(`${name} is too large: ${bytes} bytes, at most ${maxBytes}.`)
  return value
}

const MAX_JSON_DEPTH = 32

function requireStorable(name: string, value: JsonValue, depth: number): void {
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

/**
 * Returns `value` as JSON text, or null for null and undefined. Throws BAD_USER_INPUT when it is larger than `maxBytes`, nested deeper than
 * 32 levels, or contains a text that cannot be stored.
 */
export function optionalJson(name: string, value: JsonObject | null | undefined, maxBytes: number): string | null {
  if (value == null) return null
  requireStorable(name, value, 0)
  return requireBytes(name, JSON.stringify(value), maxBytes)
}

/**
 * The texts of a list in its order, without duplicates. Throws BAD_USER_INPUT when it is empty, has more than `max`, or one breaks the
 * rule.
 */
export function requireTexts(name: string, values: readonly string[], max: number, rule: TextRule): readonly string[] {
  if (values.length === 0) throw badInput(`${name} must not be empty.`)
  if (values.length > max) throw badInput(`${name} has ${values.length} entries, at most ${max} are allowed.`)
  for (const [index, value] of values.entries()) requireText(`${name}[${index}]`, value, rule)
  return [...new Set(values)]
}

/** Returns the address `value`. Throws BAD_USER_INPUT when it breaks the rule. `name` begins the message. */
export function requireAddress(name: string, value: string, rule: AddressRule): string {
  const mistake = mistakeInAddress(value, rule)
  if (mistake !== undefined) throw badInput(`${name} ${mistake}.`)
  return value
}

/** `requireAddress` for an argument that may be left out. Returns null for null and undefined. */
export function optionalAddress(name: string, value: string | null | undefined, rule: AddressRule): string | null {
  return value == null ? null : requireAddress(name, value, rule)
}
