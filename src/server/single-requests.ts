import type { IncomingMessage, ServerResponse } from 'node:http'
import { badInput } from '../lib/errors.ts'
import { answerText } from './answer.ts'
import type { Identity } from './identify.ts'
import { MAX_OPERATION_ID_LENGTH } from './messages.ts'
import { acceptsStream } from './negotiation.ts'
import type { SingleConnection, SingleConnectionsOptions } from './single-connection.ts'
import { createSingleConnections, isStreamToken } from './single-connections.ts'

/** Handles HTTP requests that belong to a stream of many operations, as graphql-sse sends them. */
export interface SingleRequests {
  /**
   * Answers a request that reserves a stream (PUT), opens one (GET), or ends an operation of one (DELETE). Resolves to false, without an
   * answer, for any other request. Rejects with an AppError.
   */
  answer(request: IncomingMessage, response: ServerResponse, identity: Identity): Promise<boolean>
  /**
   * The stream that gets the results of an operation; undefined: they go into its own response. Throws NOT_FOUND for an unknown stream, and
   * RATE_LIMITED when too many requests come.
   */
  carrierOf(request: IncomingMessage, identity: Identity): SingleConnection | undefined
}

/** The header by which a request says which stream it belongs to; `?token=` in the address says the same. */
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
  // Other texts in `token`, such as the token of a user, mean nothing here.
  return text !== null && isStreamToken(text) ? text : undefined
}

/** Whether a request belongs to a stream of many operations, by its method or by the token of a stream. */
export function isOfSingleConnection(request: IncomingMessage): boolean {
  return request.method === 'PUT' || request.method === 'DELETE' || tokenOf(request) !== undefined
}

function requireToken(request: IncomingMessage): string {
  const token = tokenOf(request)
  if (token === undefined) throw badInput(`Say with the header ${TOKEN_HEADER} which stream is meant.`)
  return token
}

/**
 * The id of an operation (`extensions.operationId`), which its results repeat. Throws BAD_USER_INPUT when there is none, or it is too long.
 */
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

/** Returns the handling of requests for streams of many operations, and keeps these streams. */
export function createSingleRequests(options: SingleConnectionsOptions): SingleRequests {
  const singleConnections = createSingleConnections(options)
  return {
    answer: async (request, response, identity) => {
      const { method } = request
      if (method === 'PUT') {
        answerText(response, 201, singleConnections.reserve(identity))
      } else if (method === 'DELETE') {
        const { operations } = singleConnections.find(requireToken(request), identity)
        // The operation can have ended just now, so it is no mistake when there is none.
        operations.get(operationNamed(request))?.stop()
        answerText(response, 200)
      } else {
        const token = method === 'GET' ? tokenOf(request) : undefined
        if (token === undefined) return false
        const connection = singleConnections.find(token, identity)
        if (!acceptsStream(request.headers)) throw badInput(OPENED_HOW)
        connection.admit(identity.viewer)
        identity.held?.release()
        await singleConnections.open(connection, request, response)
      }
      return true
    },
    carrierOf: (request, identity) => {
      const token = tokenOf(request)
      if (token === undefined) return undefined
      const connection = singleConnections.find(token, identity)
      options.peerBudgets.requireRate(connection)
      connection.admit(identity.viewer)
      return connection
    },
  }
}
