import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { GraphQLError, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin, processRegularResult } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { contextOn } from '../graphql/context.ts'
import { codeOf } from '../graphql/errors.ts'
import { isRefused } from '../graphql/policy.ts'
import { AppError } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { TakeTimedTurn } from '../lib/limiter.ts'
import {
  type HttpOperationsOptions,
  type NodeContext,
  type ReadContext,
  useOperations,
  type YogaContext,
} from './http-operations.ts'
import { answerRefused, type HttpExtension, withStatus } from './http-status.ts'
import type { Identify, Identity } from './identify.ts'
import { explain, explainError } from './refusals.ts'
import { useFaithfulRequests } from './request-json.ts'
import type { SingleConnection } from './single-connection.ts'
import { isOfSingleConnection, type SingleRequests } from './single-requests.ts'
import type { Strangers } from './strangers.ts'

export interface YogaOptions extends HttpOperationsOptions {
  readonly path: string
  readonly schema: GraphQLSchema
  readonly identify: Identify
  readonly strangers: Strangers
  readonly singleRequests: SingleRequests
  /** When a request is read, among all that clients send. */
  readonly takeTurn: TakeTimedTurn
}

/** Answers GraphQL requests over HTTP, subscriptions as server-sent events. */
export type GraphQLHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Single requests of a user count as one connection, so that what one began another can end. */
function connectionOf(viewer: Viewer | undefined): string {
  return viewer ? `http:${viewer.userId}` : newId()
}

/**
 * What is left without a way to be answered are refusals: they are told in JSON, rather than by an empty body. Messages about wrong
 * documents can contain what the client sent, which is not for the log.
 */
function useJsonForRefusals(): Plugin {
  return {
    onResultProcess: ({ result, resultProcessor, setResultProcessor, serverContext }) => {
      const { res, carrier } = serverContext as unknown as NodeContext
      const [error] = 'errors' in result ? (result.errors ?? []) : []
      const { http } = (error?.extensions ?? {}) as { readonly http?: HttpExtension }
      if (error && http) explain(res, http.status === 400 ? 'The operation is wrong.' : error.message)
      // There, anything but a refusal is told by the stream.
      if (carrier && error && http) Object.assign(error.extensions, { http: { ...http, spec: false } })
      if (res.headersSent || carrier) return setResultProcessor(processRegularResult, 'application/json')
      // As events, urql takes the end of the stream for the same error once more, and gives up.
      const isUnnamed = error !== undefined && codeOf(error as GraphQLError).startsWith('PERSISTED_QUERY_')
      if (!resultProcessor || isUnnamed) setResultProcessor(processRegularResult, 'application/json')
    },
  }
}

/** Puts Herald's own way of reading and checking documents in the place of Yoga's, which asks for the two apart. */
function useDocuments({ operations, strangers, peerBudgets }: YogaOptions): Plugin<ReadContext & NodeContext> {
  return {
    onParse: ({ context, setParseFn }) =>
      setParseFn((text) => {
        const { documentId, extensions } = context.params ?? {}
        const { viewer, address } = context.identity
        const query = String(text)
        if (!viewer) strangers.requireDocument(address, query)
        const check = (unknown: string): void => peerBudgets.check(viewer, unknown)
        const read = operations.prepare({ query, documentId, extensions }, viewer, check)
        if (isRefused(read) && !read.document) throw read.errors[0]
        Object.assign(context, { read })
        return read.document
      }),
    onValidate: ({ context: { read }, setValidationFn }) =>
      setValidationFn(() => (read && isRefused(read) ? read.errors : [])),
  }
}

/** Whoever has used up a budget is answered late: who asks again as soon as it is answered would keep the process busy with refusals. */
const LATE_MS = 200

/** What most clients accept that are no stream and no newer media type; anything else is Yoga's to answer. */
const PLAIN_JSON = /^(\*\/\*|application\/json)(, *(\*\/\*|text\/plain))*$/

/** Makes the HTTP face of the schema. CORS, the page and what may come in at all are not its business. */
export function createGraphQLHandler(options: YogaOptions): GraphQLHandler {
  const { path, schema, services, identify, maskError, takeTurn, singleRequests } = options

  const contextOf = ({ identity: { viewer } }: NodeContext): YogaContext => ({
    herald: contextOn(services, { viewer, connectionId: connectionOf(viewer), isSocket: false }),
  })

  const yoga = createYoga<NodeContext, YogaContext>({
    schema,
    context: contextOf,
    graphqlEndpoint: path,
    extraParamNames: ['documentId'],
    plugins: [
      useFaithfulRequests({ budgets: options.peerBudgets, maxBytes: services.limits.requestBytes }),
      useDocuments(options),
      useOperations(options),
      useJsonForRefusals(),
    ],
    maskedErrors: { maskError: (error) => withStatus(error, maskError(error)) },
    // Bodies are read, and bounded, by Herald itself.
    maxRequestBodySize: false,
    parserAndValidationCache: false,
    batching: false,
    multipart: false,
    cors: false,
    graphiql: false,
    landingPage: false,
    logging: false,
  })

  const ofSingleConnection = async (
    request: IncomingMessage,
    response: ServerResponse,
    identity: Identity,
  ): Promise<SingleConnection | true | undefined> => {
    try {
      return (await singleRequests.answer(request, response, identity)) || singleRequests.carrierOf(request, identity)
    } catch (error) {
      explainError(response, error)
      answerRefused(response, maskError(error))
      return true
    }
  }

  return async (request, response) => {
    const identity = await identify(request, response)
    explainError(response, identity.refusal)
    if (identity.refusal instanceof AppError && identity.refusal.code === 'RATE_LIMITED') await setTimeout(LATE_MS)
    const isPlain = isOfSingleConnection(request) || PLAIN_JSON.test(request.headers.accept ?? '*/*')
    if (identity.refusal !== undefined && isPlain) {
      return answerRefused(response, maskError(identity.refusal))
    }
    // Whoever asked whether to send the body at all waits for this word.
    if (identity.refusal === undefined && request.headers.expect !== undefined) response.writeContinue()
    // What backends tell somebody does not stand behind a crowd that asks.
    if (identity.viewer?.role !== 'BACKEND') await takeTurn(identity.viewer?.userId ?? identity.address)
    const carrier = await ofSingleConnection(request, response, identity)
    if (carrier !== true) await yoga.handle(request, response, { identity, carrier })
  }
}
