import type { IncomingMessage, ServerResponse } from 'node:http'
import { badInput } from '../lib/errors.ts'
import type { Identity } from './identify.ts'
import { MAX_OPERATION_ID_LENGTH } from './messages.ts'
import { acceptsStream } from './negotiation.ts'
import type { SingleConnection, SingleConnectionsOptions } from './single-connection.ts'
import { createSingleConnections, isStreamToken } from './single-connections.ts'

/** What requests do that belong to a stream of many operations. */
export interface SingleRequests {
  /** Answers a request that reserves or opens a stream, or ends an operation of one; false: it does none of these. Rejects with an AppError. */
  answer(request: IncomingMessage, response: ServerResponse, identity: Identity): Promise<boolean>
  /** Where the results of an operation go; undefined: into its own answer. Throws NOT_FOUND, and RATE_LIMITED when there come too many. */
  carrierOf(request: IncomingMessage, identity: Identity): SingleConnection | undefined
}

/** By this header, or `?token=`, a request says which stream it belongs to. */
const TOKEN_HEADER = 'x-graphql-event-stream-token'

const OPENED_HOW = 'By GET a stream is opened, as text/event-stream. Send its operations by POST.'

function queryOf({ url = '' }: IncomingMessage): URLSearchParams {
  const start = url.indexOf('?')
  return new URLSearchParams(start < 0 ? '' : url.slice(start))
}

function tokenOf(request: IncomingMessage): string | undefined {
  const header = request.headers[TOKEN_HEADER]
  if (typeof header === 'string' && header !== '') return header
  const text = queryOf(request).get('token')
  // Other things are put there, too, which mean nothing here.
  return text !== null && isStreamToken(text) ? text : undefined
}

/** Whether a request is about a stream of many operations. */
export function isOfSingleConnection(request: IncomingMessage): boolean {
  return request.method === 'PUT' || request.method === 'DELETE' || tokenOf(request) !== undefined
}

function requireToken(request: IncomingMessage): string {
  const token = tokenOf(request)
  if (token === undefined) throw badInput(`Say with the header ${TOKEN_HEADER} which stream is meant.`)
  return token
}

/** Says that what was asked is done, or will be. */
export function answerShortly(response: ServerResponse, status: number, text = ''): void {
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  })
  response.end(text)
}

/** The id of an operation, as its results repeat it. Throws BAD_USER_INPUT. */
export function operationIdIn(extensions: unknown): string {
  const id = (extensions as { readonly operationId?: unknown } | null | undefined)?.operationId
  if (typeof id === 'string' && id !== '' && id.length <= MAX_OPERATION_ID_LENGTH) return id
  const message = `On a stream of many operations each needs extensions.operationId, a text of 1 to ${MAX_OPERATION_ID_LENGTH} characters.`
  throw badInput(message)
}

function operationNamed(request: IncomingMessage): string {
  const id = queryOf(request).get('operationId')
  if (!id) throw badInput('Say with ?operationId= which operation is to end.')
  return id
}

/** Makes the answers. */
export function createSingleRequests(options: SingleConnectionsOptions): SingleRequests {
  const singleConnections = createSingleConnections(options)
  return {
    answer: async (request, response, identity) => {
      const { method } = request
      if (method === 'PUT') {
        answerShortly(response, 201, singleConnections.reserve(identity))
      } else if (method === 'DELETE') {
        const { operations } = singleConnections.find(requireToken(request), identity)
        // It can have come to its end just now, so that nothing is wrong when there is none.
        operations.get(operationNamed(request))?.stop()
        answerShortly(response, 200)
      } else if (method === 'GET' && isOfSingleConnection(request)) {
        const connection = singleConnections.find(requireToken(request), identity)
        if (!acceptsStream(request.headers)) throw badInput(OPENED_HOW)
        connection.admit(identity.viewer)
        identity.held?.release()
        await singleConnections.open(connection, request, response)
      } else return false
      return true
    },
    carrierOf: (request, identity) => {
      if (!isOfSingleConnection(request)) return undefined
      const connection = singleConnections.find(requireToken(request), identity)
      options.peerBudgets.requireRate(connection)
      connection.admit(identity.viewer)
      return connection
    },
  }
}
