import { mistakeInText, patternOfText } from './text.ts'
import { ADDRESS, type AddressRule } from './values.ts'

// Matches a path, but not //host or /\host, which browsers take for another site.
const PATH = /^\/(?![/\\])\S*$/
const WITH_SCHEME = /^[a-z]+:\S+$/i

/**
 * Checks an address against a rule, so that no click can run code, as `javascript:` would. Returns undefined when it is good. Otherwise
 * returns what is wrong, to be put behind the name of the argument: `must be a path or begin with https:`.
 */
export function mistakeInAddress(address: string, { schemes }: AddressRule): string | undefined {
  const mistake = mistakeInText(address, ADDRESS)
  if (mistake !== undefined || PATH.test(address)) return mistake
  if (WITH_SCHEME.test(address) && schemes.includes(URL.parse(address)?.protocol ?? '')) return undefined
  return `must be a path or begin with ${schemes.join(' or ')}`
}

function inAnyCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)
}

/**
 * An address rule as regular expressions (with the flag `u`), for JSON Schema: all must match. They are less strict than
 * `mistakeInAddress`, which also parses the URL.
 */
export function patternsOfAddress({ schemes }: AddressRule): readonly string[] {
  return [patternOfText(ADDRESS), String.raw`^(?:/(?![/\\])\S*|(?:${schemes.map(inAnyCase).join('|')})\S+)$`]
}
