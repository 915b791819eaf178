import type { SubscribePayload } from 'graphql-ws'
import { documentFields } from '../graphql/document-request.ts'
import type { Answering } from './answers.ts'

/** How many characters an operation id may have. Clients use UUIDs, and every result repeats the id. */
export const MAX_OPERATION_ID_LENGTH = 128

/** The memory that an operation takes of its connection. */
export interface TakenOperation {
  /** The digest of the document; undefined until the document was read. */
  documentDigest: string | undefined
  /** Bytes of memory that the document takes. */
  documentBytes: number
  /** Bytes of memory that are held for everything but the document. */
  heldBytes: number
  /** The answer of a query or mutation that has begun; otherwise undefined. */
  answering: Answering | undefined
}

/**
 * The payload of a `subscribe` message. graphql-ws keeps it as long as the operation lasts, so what is no longer needed is dropped by
 * `forgetPayload`.
 */
export interface OperationPayload extends SubscribePayload, TakenOperation {
  query: string
  operationName: string | null | undefined
  variables: Record<string, unknown> | null | undefined
  extensions: Record<string, unknown> | null | undefined
  /** The id of a trusted document, as the client sent it. */
  documentId: unknown
}

/** Where an operation stands in a message: paths in error messages leave out the step `payload`. */
export const IN_MESSAGE = { skip: 1 }

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The fields of an operation, without any others that a client sent. All keys are written out: an object that grows later takes more
 * memory.
 */
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
 * Parses a message for graphql-ws, which checks it. Fields that are not used are left out, since graphql-ws keeps a `subscribe` message as
 * long as its operation. Throws a SyntaxError when the text is no JSON.
 */
export function readMessage(text: string): unknown {
  const message: unknown = JSON.parse(text)
  if (!isObject(message)) return message
  const { type, id, payload } = message
  if (type !== 'subscribe') return { type, id, payload }
  return { type, id, payload: isObject(payload) ? toOperation(payload) : payload }
}

/** Whether a message has an operation id of more than 128 characters. */
export function hasLongId(message: unknown): boolean {
  return isObject(message) && typeof message['id'] === 'string' && message['id'].length > MAX_OPERATION_ID_LENGTH
}

/** Drops what was only needed to begin an operation. `operationName` is taken from the document, so that it takes no memory of its own. */
export function forgetPayload(payload: OperationPayload, operationName: string | undefined): void {
  payload.query = ''
  payload.operationName = operationName
  payload.variables = undefined
  payload.extensions = undefined
  payload.documentId = undefined
}
