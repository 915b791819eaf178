import { GraphQLError } from 'graphql'

/** What can hide a bracket, and brackets. */
const PARTS = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*|[[{(]|[\]})]/g
const OPENING = '[{('
const CLOSING = ']})'

/**
 * Throws a GraphQLError when the brackets of a document are nested deeper than `max`. Reading such a document would call itself as
 * often, so this comes before. Takes no notice of brackets that do not belong together: reading the document does.
 */
export function requireShallow(text: string, max: number): void {
  let depth = 0
  for (const [part] of text.matchAll(PARTS)) {
    if (CLOSING.includes(part)) depth -= 1
    else if (OPENING.includes(part)) depth += 1
    if (depth > max) throw new GraphQLError(`The document is nested deeper than ${max} levels.`)
  }
}
