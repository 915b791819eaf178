import { GraphQLError } from 'graphql'

/** Matches brackets, and the strings and comments in which brackets mean nothing. */
const PARTS = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*|[[{(]|[\]})]/g
const OPENING = '[{('
const CLOSING = ']})'

/**
 * Throws a GraphQLError when the brackets of a document are nested deeper than `max`. To be called before the document is parsed, because
 * the parser calls itself for each level. Brackets that do not match are ignored here; the parser reports them.
 */
export function requireShallow(text: string, max: number): void {
  let depth = 0
  for (const [part] of text.matchAll(PARTS)) {
    if (CLOSING.includes(part)) depth -= 1
    else if (OPENING.includes(part)) depth += 1
    if (depth > max) throw new GraphQLError(`The document is nested deeper than ${max} levels.`)
  }
}
