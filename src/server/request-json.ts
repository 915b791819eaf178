import type { IncomingMessage } from 'node:http'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { documentFields } from '../graphql/document-request.ts'
import { badInput } from '../lib/errors.ts'
import { type JsonShape, parseFaithfulJson, shapeOfJson } from '../lib/json-text.ts'
import type { HeldRequest } from './held-requests.ts'
import type { Identity } from './identify.ts'
import { isLarge, readInTurn, weightOf } from './large.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { readBytes, unreadable } from './request-body.ts'
import { STRANGER_BYTES } from './strangers.ts'

/** A body without `Content-Length` is counted each time that so many bytes of it have come. */
const COUNTED_BYTES = 16 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

function withDocument({ doc_id, id, ...params }: Readonly<Record<string, unknown>>): GraphQLParams {
  const fields = documentFields({ ...params, doc_id, id })
  // Beside a text, an id under another name is an unexpected field like any other.
  const others = fields.query === '' ? {} : { doc_id, id }
  return { ...params, ...others, ...fields } as GraphQLParams
}

function parseBody(bytes: Buffer, shape?: JsonShape): GraphQLParams {
  if (bytes.length === 0) throw unreadable('The body is empty: send an operation as JSON in it.')
  let value: unknown
  try {
    value = parseFaithfulJson(utf8.decode(bytes), {}, shape)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw unreadable('The body is no JSON in UTF-8.')
    throw error
  }
  if (typeof value !== 'object' || value === null) throw unreadable('The body must be a JSON object.')
  // A batch, which Yoga refuses.
  if (Array.isArray(value)) return value as GraphQLParams
  return withDocument(value as Readonly<Record<string, unknown>>)
}

/** Whether the query of an address is in UTF-8. Otherwise, broken bytes would be read as replacement characters. */
function isUtf8(query: string): boolean {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}

function readJson(name: string, text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return parseFaithfulJson(text, { within: name })
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable(`${name} is no JSON.`)
    throw error
  }
}

function hasBody(headers: Headers): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0
}

function readQuery({ url, headers }: Request): GraphQLParams {
  const query = url.slice(url.indexOf('?') + 1)
  if (!isUtf8(query)) throw unreadable('The query of the address is not in UTF-8.')
  const given = new URLSearchParams(query)
  const sole = (name: string): string | undefined => {
    const [value, ...others] = given.getAll(name)
    if (others.length > 0) throw badInput(`${name} is there twice.`)
    return value || undefined
  }
  const [text, documentId] = [sole('query'), sole('documentId')]
  const others = text === undefined ? { doc_id: sole('doc_id'), id: sole('id') } : {}
  if (text === undefined && documentId === undefined && hasBody(headers)) {
    throw unreadable('By GET an operation is in the address. Send a body by POST.')
  }
  return withDocument({
    query: text,
    documentId,
    ...others,
    operationName: sole('operationName'),
    variables: readJson('variables', sole('variables')),
    extensions: readJson('extensions', sole('extensions')),
  })
}

interface FaithfulContext {
  readonly req: IncomingMessage
  readonly identity: Identity
}

export interface FaithfulOptions {
  readonly budgets: Pick<PeerBudgets, 'read'>
  /** The largest body, in bytes. Strangers may send less (`STRANGER_BYTES`). */
  readonly maxBytes: number
}

/**
 * A Yoga plugin that reads requests without changing a value: a number, a date or a text arrives as it was sent, or is refused. Nothing is
 * read of a request that `identify` has refused.
 */
export function useFaithfulRequests({ budgets, maxBytes }: FaithfulOptions): Plugin<object, FaithfulContext> {
  const strangerBytes = Math.min(STRANGER_BYTES, maxBytes)
  const readUsersBytes = async (request: IncomingMessage, viewer: Viewer, held?: HeldRequest): Promise<Buffer> => {
    // The length in the head was counted with the head.
    const isCounted = request.headers['content-length'] !== undefined
    let uncounted = 0
    const onBytes = (bytes: number): void => {
      held?.hold(bytes)
      uncounted += isCounted ? 0 : bytes
      if (uncounted < COUNTED_BYTES) return
      budgets.read(viewer, uncounted)
      uncounted = 0
    }
    const bytes = await readBytes(request, maxBytes, `The body has more than ${maxBytes} bytes.`, onBytes)
    budgets.read(viewer, uncounted)
    return bytes
  }
  const readStrangersBytes = (request: IncomingMessage): Promise<Buffer> =>
    readBytes(request, strangerBytes, `Without a token a body must not have more than ${strangerBytes} bytes.`)
  const readBody = async ({ req, identity: { viewer, held } }: FaithfulContext): Promise<GraphQLParams> => {
    const bytes = await (viewer ? readUsersBytes(req, viewer, held) : readStrangersBytes(req))
    if (!isLarge(bytes)) return parseBody(bytes)
    return readInTurn(() => {
      if (!viewer) return parseBody(bytes)
      // Brackets, quotes and commas are single bytes, so the shape is found without reading UTF-8.
      const shape = shapeOfJson(bytes.toString('latin1'))
      // The length was already counted.
      budgets.read(viewer, weightOf(bytes, shape) - bytes.length)
      return parseBody(bytes, shape)
    })
  }
  return {
    onRequestParse: ({ request, serverContext, setRequestParser }) => {
      const { refusal } = serverContext.identity
      if (refusal !== undefined) {
        return setRequestParser(() => {
          throw refusal
        })
      }
      if (request.method === 'GET') setRequestParser(readQuery)
      if (request.method === 'POST') setRequestParser(() => readBody(serverContext))
    },
  }
}
