import { mistakeInText, patternOfText } from './text.ts'
import { ADDRESS, type AddressRule } from './values.ts'

// Browsers take //host and /\host for another site.
const PATH = /^\/(?![/\\])\S*$/
const WITH_SCHEME = /^[a-z]+:\S+$/i

/** What is wrong with an address, to be put behind its name; undefined when it keeps to the rule: nothing that a click could run. */
export function mistakeInAddress(address: string, { schemes }: AddressRule): string | undefined {
  const mistake = mistakeInText(address, ADDRESS)
  if (mistake !== undefined || PATH.test(address)) return mistake
  if (WITH_SCHEME.test(address) && schemes.includes(URL.parse(address)?.protocol ?? '')) return undefined
  return `must be a path or begin with ${schemes.join(' or ')}`
}

function inAnyCase(text: string): string {
  return text.replace(/[a-z]/g, (letter) => `[${letter.toUpperCase()}${letter}]`)
}

/** The rule as regular expressions (with the flag `u`) that must all match: what can be said of an address without reading it. */
export function patternsOfAddress({ schemes }: AddressRule): readonly string[] {
  return [patternOfText(ADDRESS), String.raw`^(?:/(?![/\\])\S*|(?:${schemes.map(inAnyCase).join('|')})\S+)$`]
}
