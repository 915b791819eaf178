import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { Role, Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { PreparedDocument } from './document-cache.ts'
import { type DocumentRequest, requestedId } from './document-request.ts'
import type { Policy, RefusedDocument } from './policy.ts'
import type { TrustedDocuments } from './trusted-documents.ts'

/** Finds the document that a client means, the same on every transport. */
export interface Documents {
  /**
   * Finds a document by its id or its text. For an id without a text, throws PERSISTED_QUERY_NOT_FOUND when the id is not known, and
   * PERSISTED_QUERY_NOT_SUPPORTED when there is no list. Throws FORBIDDEN when this viewer may only use trusted documents, and
   * BAD_USER_INPUT for what is no id. `beforeCheck` is called before a text is read that is neither trusted nor in the cache; what it
   * throws is thrown.
   */
  prepare(
    request: DocumentRequest,
    viewer: Viewer | undefined,
    beforeCheck?: (text: string) => void,
  ): PreparedDocument | RefusedDocument
  /** Keeps a document that a viewer uses, so that it is not checked again. Returns the one to use. */
  keep(prepared: PreparedDocument): PreparedDocument
}

/** Trusted documents, and the roles that may use no others. */
export interface Trust {
  readonly documents: TrustedDocuments
  /** Roles that may use only trusted documents. A client without a token counts as a customer. */
  readonly only: ReadonlySet<Role>
}

/** How many characters are remembered of texts that differ from a trusted document only in spaces, comments or order. */
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

/** Returns a function that finds a trusted document by a text that came without an id, or with an unknown one. */
function createFindText(policy: Policy, { documents }: Trust) {
  const variants = new LRUCache<string, PreparedDocument>({
    maxSize: MAX_VARIANT_LENGTH,
    sizeCalculation: (_, { length }) => length,
  })

  const findByMeaning = (text: string): PreparedDocument | undefined => {
    try {
      return documents.byMeaning(policy.read(text))
    } catch (error) {
      // `prepare` reports the mistake to viewers that may send any document.
      if (error instanceof GraphQLError) return undefined
      throw error
    }
  }

  return (text: string, isKnown: boolean, beforeCheck?: (text: string) => void): PreparedDocument | undefined => {
    const known = documents.byText(text) ?? variants.get(text)
    // A text in the cache was compared with the list when it first came.
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
      // A known id decides what runs, whatever else was sent.
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

/** Returns the search for documents. Without a list of trusted ones, all clients may send any document that the policy accepts. */
export function createDocuments(policy: Policy, trust: Trust | undefined): Documents {
  return trust ? withList(policy, trust) : withoutList(policy)
}
