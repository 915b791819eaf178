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
  /** Waits for the turn of a request, among those of all clients; undefined: it may be read now. */
  readonly takeTurn: TakeTimedTurn
}

/** Answers GraphQL requests over HTTP; subscriptions are answered as streams. */
export type GraphQLHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** The connection id of a single request. All requests of a user have the same one, so that one can end what another one began. */
function connectionOf(viewer: Viewer | undefined): string {
  return viewer ? `http:${viewer.userId}` : newId()
}

/**
 * A Yoga plugin that answers refusals in JSON, where the client would otherwise get an empty body. A message about a wrong document can
 * contain what the client sent, so it is not logged.
 */
function useJsonForRefusals(): Plugin {
  return {
    onResultProcess: ({ result, resultProcessor, setResultProcessor, serverContext }) => {
      const { res, carrier } = serverContext as unknown as NodeContext
      const [error] = 'errors' in result ? (result.errors ?? []) : []
      const { http } = (error?.extensions ?? {}) as { readonly http?: HttpExtension }
      if (error && http) explain(res, http.status === 400 ? 'The operation is wrong.' : error.message)
      // For a stream of many operations this response is always a refusal, so its status holds for every client.
      if (carrier && error && http) Object.assign(error.extensions, { http: { ...http, spec: false } })
      if (res.headersSent || carrier) return setResultProcessor(processRegularResult, 'application/json')
      // As events, urql takes the end of the stream for the same error once more, and gives up.
      const isUnnamed = error !== undefined && codeOf(error as GraphQLError).startsWith('PERSISTED_QUERY_')
      if (!resultProcessor || isUnnamed) setResultProcessor(processRegularResult, 'application/json')
    },
  }
}

/**
 * A Yoga plugin with which Herald reads and checks documents. Yoga wants the two apart, and Herald does them together: when a document is
 * parsed, it is checked, and the errors are given when Yoga validates it.
 */
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

/**
 * A client that has used up a budget is answered so many milliseconds late. Otherwise it could ask again at once, and keep the process busy
 * with refusals.
 */
const LATE_MS = 200

/**
 * `Accept` headers of most clients that accept plain JSON, and neither a stream nor a newer media type. For any other header Yoga writes
 * the answer, also a refusal.
 */
const PLAIN_JSON = /^(\*\/\*|application\/json)(, *(\*\/\*|text\/plain))*$/

/** Returns the handler of GraphQL requests over HTTP. It does nothing about CORS, GraphiQL, or which requests may come in at all. */
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
    const isPlain = (): boolean => isOfSingleConnection(request) || PLAIN_JSON.test(request.headers.accept ?? '*/*')
    if (identity.refusal !== undefined && isPlain()) {
      return answerRefused(response, maskError(identity.refusal))
    }
    // A client that has sent `Expect: 100-continue` waits for this before it sends the body.
    if (identity.refusal === undefined && request.headers.expect !== undefined) response.writeContinue()
    // Requests of backends do not wait behind those of a crowd of clients.
    if (identity.viewer?.role !== 'BACKEND') await takeTurn(identity.viewer?.userId ?? identity.address)
    const carrier = await ofSingleConnection(request, response, identity)
    if (carrier !== true) await yoga.handle(request, response, { identity, carrier })
  }
}
