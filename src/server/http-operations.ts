import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Context, contextOn } from '../graphql/context.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import type { DocumentRequest } from '../graphql/document-request.ts'
import type { MaskError } from '../graphql/errors.ts'
import { isRefused, type RefusedDocument } from '../graphql/policy.ts'
import { badInput } from '../lib/errors.ts'
import { answerText } from './answer.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { type CostReport, costReportOf } from './cost-report.ts'
import type { OpenStream } from './distinct-streams.ts'
import { withStatus } from './http-status.ts'
import type { Identity } from './identify.ts'
import { lastEventIdOf, NEEDS_STREAM, streamEncodingFor } from './negotiation.ts'
import type { OperationArgs } from './operations.ts'
import { explainError } from './refusals.ts'
import type { SingleConnection } from './single-connection.ts'
import { operationIdIn } from './single-requests.ts'
import { beginOn, type StreamedOptions } from './streamed-operation.ts'
import { signalOfResponse } from './wanted-still.ts'
import { endAtWriteTimeout } from './write-timeout.ts'

export interface HttpOperationsOptions extends StreamedOptions {
  readonly openStream: OpenStream
}

/** What Yoga is given with each request: Node's request and response, who sent it, and where its results go. */
export interface NodeContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly identity: Identity
  /** The stream of many operations that gets the results. Undefined: they go into the response of this request. */
  readonly carrier: SingleConnection | undefined
}

/** What Herald adds to the context of a request: the context that resolvers get. */
export interface YogaContext {
  readonly herald: Context
}

/** What Yoga carries of a request from the reading of its document to the execution. */
export interface ReadContext {
  readonly params?: Pick<DocumentRequest, 'documentId' | 'extensions'>
  read?: PreparedDocument | RefusedDocument | undefined
}

function notAcceptable(maskError: MaskError): GraphQLError {
  const error = maskError(badInput(NEEDS_STREAM))
  Object.assign(error.extensions, { http: { status: 406 } })
  return error
}

/** All that is known of a request when its operation begins. */
type Read = NodeContext & YogaContext & ReadContext

function readOf({ contextValue }: ExecutionArgs): Read {
  return contextValue as Read
}

/** An operation whose cost was charged, and the cost report for its answer if the client wants one. */
interface Counted {
  readonly asked: Asked
  readonly costReport: CostReport | undefined
}

function count(args: ExecutionArgs, { operations, peerBudgets, services }: HttpOperationsOptions): Counted {
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

/**
 * Drops the document, variables and extensions of a request once its operation has begun. Yoga would keep them at two places until the
 * answer is complete, which a stream can take days for.
 */
function forgetRequest(args: ExecutionArgs): void {
  const read = readOf(args)
  Object.assign(read.params ?? {}, { query: '', variables: undefined, extensions: undefined, documentId: undefined })
  read.read = undefined
  Object.assign(args, { document: undefined, variableValues: undefined, operationName: undefined })
}

/** The result that makes Yoga write nothing more, because the response was answered already or its client has gone. */
const NOTHING_MORE: ExecutionResult = {}

/** What is answered to a request whose operation could not begin: by the status, and in the body. */
function refusalOf(response: ServerResponse, error: unknown, maskError: MaskError): ExecutionResult {
  explainError(response, error)
  return { errors: [withStatus(error, maskError(error))] }
}

/**
 * Begins an operation whose results go to a stream of many operations. The request itself is answered with 202, or with the error when the
 * operation is refused.
 */
function beginStreamed(
  args: ExecutionArgs,
  carrier: SingleConnection,
  options: HttpOperationsOptions,
): ExecutionResult {
  const { res, herald, params } = readOf(args)
  // The client has taken the request back before it was answered, so it will not end the operation either.
  if (res.closed) return NOTHING_MORE
  try {
    const id = operationIdIn(params?.extensions)
    carrier.requireRoomFor(id)
    const counted = count(args, options)
    const contextValue = contextOn(herald, { connectionId: carrier.session.id, isSocket: true })
    beginOn(carrier, { id, asked: counted.asked, args: argsOf(args, counted, contextValue) }, options)
    answerText(res, 202)
    return NOTHING_MORE
  } catch (error) {
    return refusalOf(res, error, options.maskError)
  }
}

/** A Yoga plugin with which Herald runs all operations, in place of Yoga's own `execute` and `subscribe`. */
export function useOperations(options: HttpOperationsOptions): Plugin<NodeContext & YogaContext> {
  return {
    onExecute: ({ args: kept, setExecuteFn }) =>
      setExecuteFn((args) => {
        const { res, herald, carrier } = readOf(args)
        if (carrier) return beginStreamed(args, carrier, options)
        const counted = count(args, options)
        // `args` is a copy of `kept`, which Yoga keeps until the answer is complete.
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
        const { herald, identity, req, res, carrier } = readOf(args)
        if (carrier) return beginStreamed(args, carrier, options)
        const encoding = streamEncodingFor(req.headers.accept)
        if (!encoding) return { errors: [notAcceptable(maskError)] }
        try {
          const counted = count(args, options)
          const { asked } = counted
          // Admitted before the response begins, so that a refusal can have a status of its own.
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
          return refusalOf(res, error, maskError)
        }
      }),
  }
}
