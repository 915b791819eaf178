import { createHash } from 'node:crypto'
import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'

/** A document that was read and found valid. */
export interface PreparedDocument {
  /** The text, as it was sent. */
  readonly text: string
  /** The parsed text, without locations: they would take more memory than all the rest. */
  readonly document: DocumentNode
  /** A hash of the text: two documents have the same one only when their texts are equal. */
  readonly digest: string
  /** Bytes of memory that it takes, at most about. 0 for a trusted document, which is in memory anyway. */
  readonly bytes: number
  /** The names of its operations, if it is a trusted document; otherwise undefined. */
  readonly trustedNames?: readonly string[]
}

/**
 * Documents that viewers have used, found by their text; those of strangers are not kept. When there is no room, the one is dropped that
 * was not used for the longest time.
 */
export interface DocumentCache {
  get(text: string): PreparedDocument | undefined
  has(text: string): boolean
  /** Keeps a document, unless one with the same text is there; returns the one to use. A very large document is not kept. */
  keep(prepared: PreparedDocument): PreparedDocument
}

/** Bytes of memory per token of a document. Measured with graphql 16 and without locations: 70 to 210, with all that is compiled of it. */
const BYTES_PER_TOKEN = 220
/** Bytes of memory per character of a text: one or two. */
const BYTES_PER_CHARACTER = 2
/** Bytes of memory per document for the entry in the cache, the digest and the object. */
const BYTES_PER_DOCUMENT = 500
/** One document takes at most one part in so many of the cache. */
const LARGEST_PART = 16

/** A document that was parsed and found valid, with its digest and its size in memory. */
export function preparedDocument(text: string, document: DocumentNode): PreparedDocument {
  const tokens = document.tokenCount ?? text.length
  return {
    text,
    document,
    digest: createHash('sha256').update(text).digest('base64url'),
    bytes: BYTES_PER_DOCUMENT + tokens * BYTES_PER_TOKEN + text.length * BYTES_PER_CHARACTER,
  }
}

/** Returns an empty cache, which takes at most about `maxBytes` of memory. */
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
