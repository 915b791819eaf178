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
import { requireShallow } from './nesting.ts'
import { exactNumbersRule, sizeRule, unconditionalSubscriptionRule } from './policy-rules.ts'

/** A document that must not be executed. */
export interface RefusedDocument {
  /** What is wrong with it, and where; at least one. */
  readonly errors: readonly GraphQLError[]
  /** Undefined when the text could not be read. */
  readonly document: DocumentNode | undefined
}

/** What every document must keep to, whichever transport brings it. */
export interface Policy {
  /** Reads and checks a document, or finds it among those that are kept. Keeps nothing: anybody can send one. */
  prepare(text: string): PreparedDocument | RefusedDocument
  /** Reads a document without checking it. Throws a GraphQLError. */
  read(text: string): DocumentNode
  /** Whether a document with this text is kept. */
  isKept(text: string): boolean
  /** Somebody known uses this document, so it is kept for the next one. Answers the one to use: it may be there already. */
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

/** Mistakes of a document that are told; each takes time to word. */
const MAX_ERRORS = 20

/** Whether a document was refused. */
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
 * Makes the rules about documents: length, depth, aliases, how often the same is selected, one field per subscription, only exact numbers, no directives that the
 * schema does not know (such as @defer), introspection only where it is allowed.
 */
export function createPolicy(options: PolicyOptions): Policy {
  const { schema, limits } = options
  const rules = rulesOf(options)
  const cache = createDocumentCache(limits.documentCacheBytes)

  const read = (text: string, noLocation = true): DocumentNode => {
    requireShallow(text, limits.documentDepth + MAX_NESTING)
    return parse(text, { maxTokens: limits.documentTokens, noLocation })
  }

  /** What is wrong with a document that would take too long to check; rules that are cheap may know it better. */
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
    // Whoever wrote it wants to know where it is wrong, so it is read again with its locations.
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
