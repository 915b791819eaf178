import { badInput } from '../lib/errors.ts'

/** How a client says which document it means: by its text, by its id, or by both. */
export interface DocumentRequest {
  /** Empty when the document is only named. */
  readonly query: string
  /** By GraphQL over HTTP, Appendix A. */
  readonly documentId?: unknown
  /** With `persistedQuery` of Apollo's link or urql's exchange, or `documentId`, for clients that send nothing beside the usual. */
  readonly extensions?: unknown
}

const MAX_ID_LENGTH = 256
const HASH_PREFIX = 'sha256:'

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined
}

function givenId({ documentId, extensions }: Pick<DocumentRequest, 'documentId' | 'extensions'>): unknown {
  return documentId ?? fieldOf(extensions, 'documentId') ?? fieldOf(fieldOf(extensions, 'persistedQuery'), 'sha256Hash')
}

/** What other servers call the id of a document, as many show in their examples. */
const OTHER_NAMES = ['doc_id', 'id'] as const

/** An id under a name that is not read: clients that mean one must be told so. */
class MisnamedId {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * What a client sent as `query` and `documentId`. A document can be named instead of sent, and the libraries around want a text, so `query`
 * is empty then. Throws nothing: `requestedId` says what is wrong.
 */
export function documentFields(sent: Readonly<Record<string, unknown>>): {
  readonly query: unknown
  readonly documentId: unknown
} {
  const { query, documentId, extensions } = sent
  if (query != null) return { query, documentId }
  const other = OTHER_NAMES.find((name) => sent[name] != null)
  if (givenId({ documentId, extensions }) != null) return { query: '', documentId }
  return other === undefined ? { query, documentId } : { query: '', documentId: new MisnamedId(other) }
}

/** An id as it is compared: hashes are written with and without saying which one they are. */
export function bareId(id: string): string {
  return id.startsWith(HASH_PREFIX) ? id.slice(HASH_PREFIX.length) : id
}

/** The id that a request has; undefined when it has none. Throws BAD_USER_INPUT when it can be no id. */
export function requestedId(request: Pick<DocumentRequest, 'documentId' | 'extensions'>): string | undefined {
  const id = givenId(request)
  if (id == null) return undefined
  if (id instanceof MisnamedId) throw badInput(`The id of a trusted document is sent as documentId, not as ${id.name}.`)
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH) return bareId(id)
  throw badInput(`The id of a document must be a text of 1 to ${MAX_ID_LENGTH} characters.`)
}
