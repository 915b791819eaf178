import {
  type DocumentNode,
  type GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql'
import { MAX_NESTING } from '../lib/json-text.ts'
import type { Limits } from '../lib/limits.ts'
import { requireShallow } from './nesting.ts'
import { exactNumbersRule, sizeRule, unconditionalSubscriptionRule } from './policy-rules.ts'

/** What every document must keep to, whichever transport brings it. */
export interface Policy {
  /** Reads a document. Throws a GraphQLError when its syntax is wrong or it is too long or too deep. */
  parse(text: string): DocumentNode
  /** What is wrong with a document; nothing when it may be executed. Documents that were found right are remembered. */
  validate(document: DocumentNode): readonly GraphQLError[]
}

export interface PolicyOptions {
  readonly schema: GraphQLSchema
  readonly limits: Pick<Limits, 'documentTokens' | 'documentDepth' | 'documentAliases'>
  /** Whether clients may ask for the schema. */
  readonly introspection: boolean
}

const MAX_REMEMBERED = 1_000
/** Comments and spaces are no tokens, so a short document can be a long text; such a one is read anew each time. */
const MAX_REMEMBERED_LENGTH = 16_384

/** Remembers documents by their text and forgets the one that was not used for the longest time. */
const createDocuments = () => {
  const documents = new Map<string, DocumentNode>()
  return {
    get: (text: string): DocumentNode | undefined => {
      const document = documents.get(text)
      if (document) {
        documents.delete(text)
        documents.set(text, document)
      }
      return document
    },
    add: (text: string, document: DocumentNode): void => {
      if (text.length > MAX_REMEMBERED_LENGTH) return
      documents.set(text, document)
      for (const oldest of documents.keys()) {
        if (documents.size <= MAX_REMEMBERED) break
        documents.delete(oldest)
      }
    },
  }
}

/**
 * Makes the rules about documents: length, depth, aliases, one field per subscription, only exact numbers, no directives that the
 * schema does not know (such as @defer), introspection only where it is allowed.
 */
export const createPolicy = ({ schema, limits, introspection }: PolicyOptions): Policy => {
  const rules: readonly ValidationRule[] = [
    ...specifiedRules,
    sizeRule(limits),
    unconditionalSubscriptionRule,
    exactNumbersRule,
    ...(introspection ? [] : [NoSchemaIntrospectionCustomRule]),
  ]
  const documents = createDocuments()
  const right = new WeakSet<DocumentNode>()

  return {
    parse: (text) => {
      const known = documents.get(text)
      if (known) return known
      requireShallow(text, limits.documentDepth + MAX_NESTING)
      return parse(text, { maxTokens: limits.documentTokens })
    },
    validate: (document) => {
      if (right.has(document)) return []
      const errors = validate(schema, document, rules)
      if (errors.length > 0) return errors
      right.add(document)
      if (document.loc) documents.add(document.loc.source.body, document)
      return []
    },
  }
}
