import type { Viewer } from '../auth/viewer.ts'
import { AppError } from '../lib/errors.ts'
import type { PreparedDocument } from './document-cache.ts'
import { type DocumentRequest, requestedId } from './document-request.ts'
import type { Policy, RefusedDocument } from './policy.ts'

/** Finds the document that a client means, on every transport. */
export interface Documents {
  /** The document by its text. Throws an AppError: PERSISTED_QUERY_NOT_SUPPORTED for an id without a text, BAD_USER_INPUT for what is no id. */
  prepare(request: DocumentRequest, viewer: Viewer | undefined): PreparedDocument | RefusedDocument
  /** Somebody known uses this document, so it is kept. Answers the one to use. */
  keep(prepared: PreparedDocument): PreparedDocument
}

/** Makes the finding; everybody may send whatever the policy takes. */
export function createDocuments(policy: Policy): Documents {
  return {
    prepare: (request) => {
      if (requestedId(request) !== undefined && request.query === '') {
        throw new AppError('PERSISTED_QUERY_NOT_SUPPORTED', 'PersistedQueryNotSupported')
      }
      return policy.prepare(request.query)
    },
    keep: policy.keep,
  }
}
