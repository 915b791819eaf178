import { createHash } from 'node:crypto'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** A document that was read and found right. */
export interface PreparedDocument {
  /** As it was sent. */
  readonly text: string
  /** Without locations: where its words stand takes more room than all else that is known of it. */
  readonly document: DocumentNode
  /** Names the text: two documents have the same one only when their texts are equal. */
  readonly digest: string
  /** How many bytes of memory it takes for somebody, at most about; 0: it is there anyway. */
  readonly bytes: number
  /** The names of its operations, when it is on the list of trusted documents, which is there anyway. */
  readonly trustedNames?: readonly string[]
}

/** Documents that somebody known has used, found by their text. The one goes that was not used for the longest time. */
export interface DocumentCache {
  get(text: string): PreparedDocument | undefined
  has(text: string): boolean
  /** Keeps a document, unless one with the same text is there; answers the one that is kept. A very large one is not kept. */
  keep(prepared: PreparedDocument): PreparedDocument
}

/** Measured with graphql 16 and without locations: 70 to 210 bytes a token, what is compiled of it among them. */
const BYTES_PER_TOKEN = 220
/** A character of a text takes one or two. */
const BYTES_PER_CHARACTER = 2
/** The entry in the cache, the digest, the object. */
const BYTES_PER_DOCUMENT = 500
/** One document takes no more than this part of the room. */
const LARGEST_PART = 16

/** What is kept of a document that was read and found right. */
export function preparedDocument(text: string, document: DocumentNode): PreparedDocument {
  const tokens = document.tokenCount ?? text.length
  return {
    text,
    document,
    digest: createHash('sha256').update(text).digest('base64url'),
    bytes: BYTES_PER_DOCUMENT + tokens * BYTES_PER_TOKEN + text.length * BYTES_PER_CHARACTER,
  }
}

/** Starts empty; takes at most about `maxBytes` of memory. */
export function createDocumentCache(maxBytes: number): DocumentCache {
  const documents = new LRUCache<string, PreparedDocument>({
    maxSize: maxBytes,
    maxEntrySize: Math.ceil(maxBytes / LARGEST_PART),
    sizeCalculation: ({ bytes }) => bytes,
  })
  return {
    get: (text) => documents.get(text),
    has: (text) => documents.has(text),
    keep: (prepared) => {
      const known = documents.get(prepared.text)
      if (known) return known
      documents.set(prepared.text, prepared)
      return prepared
    },
  }
}
