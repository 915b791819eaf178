import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  NoFragmentCyclesRule,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql'
import { MAX_NESTING } from '../lib/json-text.ts'
import type { Limits } from '../lib/limits.ts'
import { takesManyComparisons } from './comparisons.ts'
import { createDocumentCache, type PreparedDocument, preparedDocument } from './document-cache.ts'
import { exactNumbersRule, sizeRule, unconditionalSubscriptionRule } from './policy-rules.ts'

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

/** A document that was refused, and must not be executed. */
export interface RefusedDocument {
  /** Its mistakes, with their places; at least one. */
  readonly errors: readonly GraphQLError[]
  /** The parsed document; undefined when its text could not be parsed. */
  readonly document: DocumentNode | undefined
}

/** The rules that every document must keep to, on every transport. */
export interface Policy {
  /** Parses and checks a document, or finds it in the cache. Does not add it to the cache, because strangers can send documents, too. */
  prepare(text: string): PreparedDocument | RefusedDocument
  /** Parses a document without checking it. Throws a GraphQLError. */
  read(text: string): DocumentNode
  /** Whether a document with this text is in the cache. */
  isKept(text: string): boolean
  /** Adds a document that a viewer uses to the cache. Returns the one to use, which can be one that was there already. */
  keep(prepared: PreparedDocument): PreparedDocument
}

export interface PolicyOptions {
  readonly schema: GraphQLSchema
  readonly limits: Pick<
    Limits,
    'documentTokens' | 'documentDepth' | 'documentAliases' | 'documentComparisons' | 'documentCacheBytes'
  >
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean
}

/** How many mistakes of a document are reported at most, since each takes time to word. */
const MAX_ERRORS = 20

/** Whether a document was refused by `Policy.prepare`. */
export function isRefused(answer: PreparedDocument | RefusedDocument): answer is RefusedDocument {
  return 'errors' in answer
}

function rulesOf({ limits, introspection }: PolicyOptions): readonly ValidationRule[] {
  return [
    ...specifiedRules,
    sizeRule(limits),
    unconditionalSubscriptionRule,
    exactNumbersRule,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ]
}

/**
 * Returns the rules about documents: length, depth, aliases, how often the same is selected, one field per subscription, and only exact
 * numbers. Directives that the schema does not know (such as @defer) are refused, and introspection where it is not allowed.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { schema, limits } = options
  const rules = rulesOf(options)
  const cache = createDocumentCache(limits.documentCacheBytes)

  const read = (text: string, noLocation = true): DocumentNode => {
    requireShallow(text, limits.documentDepth + MAX_NESTING)
    return parse(text, { maxTokens: limits.documentTokens, noLocation })
  }

  /** Refuses a document that would take too long to check. Cheap rules run first, since they may give a better reason. */
  const refuseDear = (text: string): RefusedDocument => {
    const document = read(text, false)
    const errors = validate(schema, document, [NoFragmentCyclesRule, sizeRule(limits)], { maxErrors: MAX_ERRORS })
    const message = `The document selects the same fields too often: checking it takes more than ${limits.documentComparisons} comparisons.`
    return { document, errors: errors.length > 0 ? errors : [new GraphQLError(message)] }
  }

  const check = (text: string): PreparedDocument | RefusedDocument => {
    const document = read(text)
    if (takesManyComparisons(document, limits.documentComparisons)) return refuseDear(text)
    if (validate(schema, document, rules, { maxErrors: 1 }).length === 0) return preparedDocument(text, document)
    // Parsed again with locations, so that the mistakes have their places.
    const located = read(text, false)
    return { document: located, errors: validate(schema, located, rules, { maxErrors: MAX_ERRORS }) }
  }

  const prepare = (text: string): PreparedDocument | RefusedDocument => {
    try {
      return cache.get(text) ?? check(text)
    } catch (error) {
      if (error instanceof GraphQLError) return { document: undefined, errors: [error] }
      throw error
    }
  }

  return { prepare, read: (text) => read(text), isKept: cache.has, keep: cache.keep }
}
