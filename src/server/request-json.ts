import { GraphQLError } from 'graphql'
import type { GraphQLParams, Plugin } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { documentFields } from '../graphql/document-request.ts'
import { badInput } from '../lib/errors.ts'
import { parseFaithfulJson } from '../lib/json-text.ts'
import { codeOfError } from '../lib/start-error.ts'
import { createTurns } from '../lib/turns.ts'
import type { Identity } from './identify.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { STRANGER_BYTES } from './strangers.ts'

/** Reading more than this, and checking the document in it, can take milliseconds: one in each turn of the event loop. */
const LARGE_BYTES = 2 * 1024

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The status is 400 for every client, also for those that read the status of nothing else. */
const unreadable = (message: string, cause?: unknown): GraphQLError =>
  new GraphQLError(message, { extensions: { http: { status: 400 }, originalError: cause ?? {} } })

const withDocument = ({ doc_id, id, ...params }: Readonly<Record<string, unknown>>): GraphQLParams => {
  const fields = documentFields({ ...params, doc_id, id })
  // Where there is a text, another name is only unexpected, as any is.
  const others = fields.query === '' ? {} : { doc_id, id }
  return { ...params, ...others, ...fields } as GraphQLParams
}

const readBytes = (request: Request): Promise<ArrayBuffer> =>
  request.arrayBuffer().catch((error: unknown) => {
    // Its client has gone before all of it had come, which is no mistake of ours.
    if (codeOfError(error) !== 'ECONNRESET') throw error
    throw unreadable('The body did not come to its end.')
  })

const tooLarge = (): GraphQLError =>
  new GraphQLError(`Without a token a body must not have more than ${STRANGER_BYTES} bytes.`, {
    extensions: { http: { status: 413 } },
  })

/** The length of a body as its client has said it; undefined: it has not. No more than that comes. */
const lengthOf = ({ headers }: Request): number | undefined => {
  const said = headers.get('content-length')
  return said === null ? undefined : Number(said)
}

const readStrangersBytes = async (request: Request): Promise<ArrayBuffer> => {
  if ((lengthOf(request) ?? 0) > STRANGER_BYTES) throw tooLarge()
  const bytes = await readBytes(request)
  if (bytes.byteLength > STRANGER_BYTES) throw tooLarge()
  return bytes
}

const parseBody = (bytes: ArrayBuffer): GraphQLParams => {
  if (bytes.byteLength === 0) throw unreadable('The body is empty: send an operation as JSON in it.')
  let value: unknown
  try {
    value = parseFaithfulJson(utf8.decode(bytes))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) throw unreadable('The body is no JSON in UTF-8.')
    throw error
  }
  if (typeof value !== 'object' || value === null) throw unreadable('The body must be a JSON object.')
  // A batch, which is refused.
  if (Array.isArray(value)) return value as GraphQLParams
  return withDocument(value as Readonly<Record<string, unknown>>)
}

/** Half of a character would be read as a replacement character. */
const isUtf8 = (query: string): boolean => {
  try {
    decodeURIComponent(query)
    return true
  } catch {
    return false
  }
}

const readJson = (name: string, text: string | undefined): unknown => {
  if (text === undefined) return undefined
  try {
    return parseFaithfulJson(text, { within: name })
  } catch (error) {
    if (error instanceof SyntaxError) throw unreadable(`${name} is no JSON.`)
    throw error
  }
}

const hasBody = (headers: Headers): boolean =>
  headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0

const readQuery = ({ url, headers }: Request): GraphQLParams => {
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

/**
 * Reads what requests ask in a way that changes nothing on the way: a number, a date, a text arrive as they were sent. Whoever is refused
 * for who they are is told so before anything is read.
 */
export const useFaithfulRequests = (
  budgets: Pick<PeerBudgets, 'read'>,
): Plugin<object, { readonly identity: Identity }> => {
  const takeTurn = createTurns(1)
  const readUsersBytes = async (request: Request, viewer: Viewer): Promise<ArrayBuffer> => {
    const bytes = await readBytes(request)
    // What its head said was counted with that.
    if (lengthOf(request) === undefined) budgets.read(viewer, bytes.byteLength)
    return bytes
  }
  const readBody = async (request: Request, viewer: Viewer | undefined): Promise<GraphQLParams> => {
    const bytes = await (viewer ? readUsersBytes(request, viewer) : readStrangersBytes(request))
    if (bytes.byteLength > LARGE_BYTES) await takeTurn()
    return parseBody(bytes)
  }
  return {
    onRequestParse: ({ request, serverContext, setRequestParser }) => {
      const { refusal, viewer } = serverContext.identity
      if (refusal !== undefined) {
        return setRequestParser(() => {
          throw refusal
        })
      }
      if (request.method === 'GET') setRequestParser(readQuery)
      if (request.method === 'POST') setRequestParser((request) => readBody(request, viewer))
    },
  }
}
