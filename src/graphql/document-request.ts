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

const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined

const givenId = ({ documentId, extensions }: Pick<DocumentRequest, 'documentId' | 'extensions'>): unknown =>
  documentId ?? fieldOf(extensions, 'documentId') ?? fieldOf(fieldOf(extensions, 'persistedQuery'), 'sha256Hash')

/** Whether a request has an id, readable or not. */
export function namesDocument(request: Pick<DocumentRequest, 'documentId' | 'extensions'>): boolean {
  return givenId(request) != null
}

/** An id as it is compared: hashes are written with and without saying which one they are. */
export function bareId(id: string): string {
  return id.startsWith(HASH_PREFIX) ? id.slice(HASH_PREFIX.length) : id
}

/** The id that a request has; undefined when it has none. Throws BAD_USER_INPUT when it can be no id. */
export function requestedId(request: Pick<DocumentRequest, 'documentId' | 'extensions'>): string | undefined {
  const id = givenId(request)
  if (id == null) return undefined
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH) return bareId(id)
  throw badInput(`The id of a document must be a text of 1 to ${MAX_ID_LENGTH} characters.`)
}
