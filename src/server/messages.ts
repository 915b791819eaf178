import type { SubscribePayload } from 'graphql-ws'
import { documentFields } from '../graphql/document-request.ts'
import type { Answering } from './answers.ts'

/** The longest id of an operation: clients take UUIDs, and every result repeats it. */
export const MAX_OPERATION_ID_LENGTH = 128

/** What an operation takes of its connection. */
export interface TakenOperation {
  /** Names the document, once it was read. */
  documentDigest: string | undefined
  /** Bytes of memory that the document takes. */
  documentBytes: number
  /** Bytes that are held for everything else. */
  heldBytes: number
  /** Of a query or mutation that has begun. */
  answering: Answering | undefined
}

/**
 * What a client asks with a `subscribe` message. graphql-ws keeps it as long as the operation lasts: what is not needed any more is
 * let go with `forgetPayload`.
 */
export interface OperationPayload extends SubscribePayload, TakenOperation {
  query: string
  operationName: string | null | undefined
  variables: Record<string, unknown> | null | undefined
  extensions: Record<string, unknown> | null | undefined
  /** Names a trusted document. */
  documentId: unknown
}

/** What a client asks is the `payload` of its message. */
export const IN_MESSAGE = { skip: 1 }

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Without whatever else a client wrote there. Written out: an object that grows takes room twice. */
function toOperation(payload: Fields): Fields {
  const { query, documentId } = documentFields(payload)
  const { operationName, variables, extensions } = payload
  return {
    query,
    documentId,
    operationName,
    variables,
    extensions,
    documentDigest: undefined,
    documentBytes: 0,
    heldBytes: 0,
    answering: undefined,
  }
}

/**
 * What a message of the protocol says, for graphql-ws to check: without what nobody needs, since graphql-ws keeps a `subscribe` message
 * as long as its operation. Throws a SyntaxError when it is no JSON.
 */
export function readMessage(text: string): unknown {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) return message
  const { type, id, payload } = message
  if (type !== 'subscribe') return { type, id, payload }
  return { type, id, payload: isObject(payload) ? toOperation(payload) : payload }
}

/** Whether a message has an id that is too long to stand in every result. */
export function hasLongId(message: unknown): boolean {
  return isObject(message) && typeof message['id'] === 'string' && message['id'].length > MAX_OPERATION_ID_LENGTH
}

/** What was only needed to begin is let go; the name is that of the document, so that it takes no room of its own. */
export function forgetPayload(payload: OperationPayload, operationName: string | undefined): void {
  payload.query = ''
  payload.operationName = operationName
  payload.variables = undefined
  payload.extensions = undefined
  payload.documentId = undefined
}
