import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Role, Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { PreparedDocument } from './document-cache.ts'
import { type DocumentRequest, requestedId } from './document-request.ts'
import type { Policy, RefusedDocument } from './policy.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

/** Finds the document that a client means, on every transport. */
export interface Documents {
  /**
   * The document by its id or its text. Throws an AppError: PERSISTED_QUERY_NOT_FOUND or PERSISTED_QUERY_NOT_SUPPORTED for an id without
   * a text that is not known, FORBIDDEN when this viewer may only use trusted ones, BAD_USER_INPUT for what is no id. `beforeCheck` is
   * called before a text is read that nobody known has used lately; what it throws is thrown.
   */
  prepare(
    request: DocumentRequest,
    viewer: Viewer | undefined,
    beforeCheck?: (text: string) => void,
  ): PreparedDocument | RefusedDocument
  /** Somebody known uses this document, so it is kept. Answers the one to use. */
  keep(prepared: PreparedDocument): PreparedDocument
}

/** Which documents are trusted, and who may use no others. */
export interface Trust {
  readonly documents: TrustedDocuments
  /** Whoever is not known counts as a customer. */
  readonly only: ReadonlySet<Role>
}

/** Texts that are written otherwise than on the list. */
const MAX_VARIANT_LENGTH = 1_000_000

function withoutList(policy: Policy): Documents {
  return {
    prepare: (request, _viewer, beforeCheck) => {
      if (requestedId(request) !== undefined && request.query === '') {
        throw new AppError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
      }
      if (!policy.isKept(request.query)) beforeCheck?.(request.query)
      return policy.prepare(request.query)
    },
    keep: policy.keep,
  }
}

function onlyTrusted(): AppError {
  return new AppError(
    'FORBIDDEN',
    'Only trusted documents can be used here. Send the documentId of one.',
    {},
    { advice: 'TRUSTED_ONLY says so. Is the file of TRUSTED_DOCUMENTS that of the version that people use?' },
  )
}

/** Makes the finding of a text that came without an id, or with one that is not known, on the list. */
function createFindText(policy: Policy, { documents }: Trust) {
  const variants = new LRUCache<string, PreparedDocument>({
    maxSize: MAX_VARIANT_LENGTH,
    sizeCalculation: (_, { length }) => length,
  })

  const findByMeaning = (text: string): PreparedDocument | undefined => {
    try {
      return documents.byMeaning(policy.read(text))
    } catch (error) {
      // What is wrong with it is told by `prepare`, to those who may send anything.
      if (error instanceof GraphQLError) return undefined
      throw error
    }
  }

  return (text: string, isKnown: boolean, beforeCheck?: (text: string) => void): PreparedDocument | undefined => {
    const known = documents.byText(text) ?? variants.get(text)
    // What is kept was compared with the list when it came first.
    if (known || policy.isKept(text)) return known
    beforeCheck?.(text)
    const found = findByMeaning(text)
    if (found && isKnown) variants.set(text, found)
    return found
  }
}

function withList(policy: Policy, trust: Trust): Documents {
  const { documents, only } = trust
  const findText = createFindText(policy, trust)
  return {
    prepare: (request, viewer, beforeCheck) => {
      const { query } = request
      const id = requestedId(request)
      // Where an id is known, its text is what runs, whatever else was sent.
      const named = id === undefined ? undefined : documents.byId(id)
      if (named) return named
      if (id !== undefined && query === '') throw new AppError('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound')
      const found = findText(query, viewer !== undefined, beforeCheck)
      if (found) return found
      if (only.has(viewer?.role ?? 'CUSTOMER')) throw onlyTrusted()
      return policy.prepare(query)
    },
    keep: (prepared) => (prepared.trustedNames ? prepared : policy.keep(prepared)),
  }
}

/** Makes the finding; without a list of trusted documents, everybody may send whatever the policy takes. */
export function createDocuments(policy: Policy, trust: Trust | undefined): Documents {
  return trust ? withList(policy, trust) : withoutList(policy)
}
