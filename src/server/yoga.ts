import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import type { ExecutionArgs, ExecutionResult, GraphQLError, GraphQLSchema } from 'graphql'
import { createYoga, type Plugin, processRegularResult } from 'graphql-yoga'
import type { Viewer } from '../auth/viewer.ts'
import { type Context, contextOn, type Services } from '../graphql/context.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import type { DocumentRequest } from '../graphql/document-request.ts'
import { codeOf, type MaskError } from '../graphql/errors.ts'
import { isRefused, type RefusedDocument } from '../graphql/policy.ts'
import { AppError, badInput } from '../lib/errors.ts'
import { newId } from '../lib/ids.ts'
import type { TakeTimedTurn } from '../lib/limiter.ts'
import type { Answers } from './answers.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { type CostReport, costReportOf } from './cost-report.ts'
import { answerRefused, type HttpExtension, withStatus } from './http-status.ts'
import type { OpenStream } from './http-stream.ts'
import type { Identify, Identity } from './identify.ts'
import { lastEventIdOf, NEEDS_STREAM, streamEncodingFor } from './negotiation.ts'
import type { OperationArgs, Operations } from './operations.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import { explain, explainError } from './refusals.ts'
import { useFaithfulRequests } from './request-json.ts'
import type { Strangers } from './strangers.ts'
import { signalOfResponse } from './wanted-still.ts'
import { endAtWriteTimeout } from './write-timeout.ts'

export interface YogaOptions {
  readonly path: string
  readonly schema: GraphQLSchema
  readonly services: Services
  readonly identify: Identify
  readonly strangers: Strangers
  readonly peerBudgets: Pick<PeerBudgets, 'spend' | 'check' | 'read'>
  readonly operations: Operations
  readonly answers: Answers
  readonly maskError: MaskError
  readonly openStream: OpenStream
  /** When a request is read, among all that clients send. */
  readonly takeTurn: TakeTimedTurn
}

/** Answers GraphQL requests over HTTP, subscriptions as server-sent events. */
export type GraphQLHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface NodeContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly identity: Identity
}

interface YogaContext {
  readonly herald: Context
}

/** What Yoga carries from the reading of a document to its execution. */
interface ReadContext {
  readonly params?: Pick<DocumentRequest, 'documentId' | 'extensions'>
  read?: PreparedDocument | RefusedDocument | undefined
}

/** Single requests of a user count as one connection, so that what one began another can end. */
function connectionOf(viewer: Viewer | undefined): string {
  return viewer ? `http:${viewer.userId}` : newId()
}

function notAcceptable(maskError: MaskError): GraphQLError {
  const error = maskError(badInput(NEEDS_STREAM))
  Object.assign(error.extensions, { http: { status: 406 } })
  return error
}

/**
 * What is left without a way to be answered are refusals: they are told in JSON, rather than by an empty body. Messages about wrong
 * documents can contain what the client sent, which is not for the log.
 */
function useJsonForRefusals(): Plugin {
  return {
    onResultProcess: ({ result, resultProcessor, setResultProcessor, serverContext }) => {
      const { res } = serverContext as unknown as NodeContext
      const [error] = 'errors' in result ? (result.errors ?? []) : []
      const { http } = (error?.extensions ?? {}) as { readonly http?: HttpExtension }
      if (error && http) explain(res, http.status === 400 ? 'The operation is wrong.' : error.message)
      if (res.headersSent) return setResultProcessor(processRegularResult, 'application/json')
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

/** What is known of a request when its operation begins. */
type Read = NodeContext & YogaContext & ReadContext

function readOf({ contextValue }: ExecutionArgs): Read {
  return contextValue as Read
}

/** What is asked, once it was counted, and what its answer says of that. */
interface Counted {
  readonly asked: Asked
  readonly costReport: CostReport | undefined
}

function count(args: ExecutionArgs, { operations, peerBudgets, services }: YogaOptions): Counted {
  const { operationName, variableValues: variables } = args
  const { read, params, identity } = readOf(args)
  if (!read || isRefused(read)) throw new Error('A document is executed that was not prepared.')
  const asked = operations.choose(read, { operationName, variables, extensions: params?.extensions })
  const remaining = peerBudgets.spend(identity, identity.viewer, asked.cost)
  return { asked, costReport: costReportOf(asked, services.limits, remaining) }
}

function argsOf({ schema }: ExecutionArgs, { asked, costReport }: Counted, contextValue: Context): OperationArgs {
  return {
    schema,
    prepared: asked.prepared,
    operationName: asked.operationName,
    variableValues: asked.variableValues,
    contextValue,
    costReport,
  }
}

/** Yoga keeps what it has read until all is answered, at two places: as long as a stream lasts, or an operation waits. */
function forgetRequest(args: ExecutionArgs): void {
  const read = readOf(args)
  Object.assign(read.params ?? {}, { query: '', variables: undefined, extensions: undefined, documentId: undefined })
  read.read = undefined
  Object.assign(args, { document: undefined, variableValues: undefined, operationName: undefined })
}

/** The response is over: Yoga writes nothing to it any more. */
const NOTHING_MORE: ExecutionResult = {}

/** Puts Herald's own way of running operations in the place of Yoga's. */
function useOperations(options: YogaOptions): Plugin<NodeContext & YogaContext> {
  return {
    onExecute: ({ args: kept, setExecuteFn }) =>
      setExecuteFn((args) => {
        const { res, herald } = readOf(args)
        const counted = count(args, options)
        // What is given here is a copy of what is kept.
        for (const some of [args, kept]) forgetRequest(some)
        const answering = options.answers.begin(herald.viewer, signalOfResponse(res))
        if (res.closed) answering.end()
        else res.once('close', answering.end)
        return options.operations
          .execute({ ...argsOf(args, counted, herald), work: answering.work })
          .finally(() => endAtWriteTimeout(res))
      }),
    onSubscribe: ({ setSubscribeFn }) =>
      setSubscribeFn(async (args) => {
        const { operations, openStream, maskError } = options
        const { herald, identity, req, res } = readOf(args)
        const encoding = streamEncodingFor(req.headers.accept)
        if (!encoding) return { errors: [notAcceptable(maskError)] }
        try {
          const counted = count(args, options)
          const { asked } = counted
          // A stream is a connection of its own, or of its client's naming. Whether there is room is told by the status.
          const bytes = subscriptionBytes(asked) + asked.prepared.bytes
          const stream = openStream(req, res, { viewer: herald.viewer, bytes, encoding })
          identity.held?.release()
          forgetRequest(args)
          const contextValue = contextOn(herald, { connectionId: stream.connectionId, lastEventId: lastEventIdOf(req) })
          const answer = await operations.subscribe(argsOf(args, counted, contextValue), stream.subscribing)
          if (!('stop' in answer)) return stream.refuse(answer)
          await stream.serve(answer)
          return NOTHING_MORE
        } catch (error) {
          explainError(res, error)
          return { errors: [withStatus(error, maskError(error))] }
        }
      }),
  }
}

/** Whoever has used up a budget is answered late: who asks again as soon as it is answered would keep the process busy with refusals. */
const LATE_MS = 200

/** What most clients accept that are no stream and no newer media type; anything else is Yoga's to answer. */
const PLAIN_JSON = /^(\*\/\*|application\/json)(, *(\*\/\*|text\/plain))*$/

/** Makes the HTTP face of the schema. CORS, the page and what may come in at all are not its business. */
export function createGraphQLHandler(options: YogaOptions): GraphQLHandler {
  const { path, schema, services, identify, maskError, takeTurn } = options

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

  return async (request, response) => {
    const identity = await identify(request, response)
    explainError(response, identity.refusal)
    if (identity.refusal instanceof AppError && identity.refusal.code === 'RATE_LIMITED') await setTimeout(LATE_MS)
    if (identity.refusal !== undefined && PLAIN_JSON.test(request.headers.accept ?? '*/*')) {
      return answerRefused(response, maskError(identity.refusal))
    }
    // Whoever asked whether to send the body at all waits for this word.
    if (identity.refusal === undefined && request.headers.expect !== undefined) response.writeContinue()
    // What backends tell somebody does not stand behind a crowd that asks.
    if (identity.viewer?.role !== 'BACKEND') await takeTurn(identity.viewer?.userId ?? identity.address)
    await yoga.handle(request, response, { identity })
  }
}
