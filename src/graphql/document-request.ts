import { badInput } from '../lib/errors.ts'

/** How a client says which document it means: by its text, by its id, or by both. */
export interface DocumentRequest {
  /** The text of the document; empty when only its id was sent. */
  readonly query: string
  /** The id, by Appendix A of GraphQL over HTTP. */
  readonly documentId?: unknown
  /**
   * Can have the id, too: as `persistedQuery` of Apollo's link or urql's exchange, or as `documentId` of clients that can send no other
   * field.
   */
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

/** Names that other servers use for the id of a document, as many show in their examples. Herald does not read them. */
const OTHER_NAMES = ['doc_id', 'id'] as const

/** An id that was sent under a name that Herald does not read. `requestedId` throws for it, so that the client learns the right name. */
class MisnamedId {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }
}

/**
 * The `query` and `documentId` of a request. `query` is empty when a document is only named, because the libraries around need a text.
 * Never throws: `requestedId` says what is wrong.
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

/** An id without `sha256:` in front, since clients write hashes with and without it. */
export function bareId(id: string): string {
  return id.startsWith(HASH_PREFIX) ? id.slice(HASH_PREFIX.length) : id
}

/** The id of the document that a request asks for; undefined when it has none. Throws BAD_USER_INPUT when it can be no id. */
export function requestedId(request: Pick<DocumentRequest, 'documentId' | 'extensions'>): string | undefined {
  const id = givenId(request)
  if (id == null) return undefined
  if (id instanceof MisnamedId) throw badInput(`The id of a trusted document is sent as documentId, not as ${id.name}.`)
  if (typeof id === 'string' && id !== '' && id.length <= MAX_ID_LENGTH) return bareId(id)
  throw badInput(`The id of a document must be a text of 1 to ${MAX_ID_LENGTH} characters.`)
}
