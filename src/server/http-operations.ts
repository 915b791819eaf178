import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExecutionArgs, ExecutionResult, GraphQLError } from 'graphql'
import type { Plugin } from 'graphql-yoga'
import { type Context, contextOn } from '../graphql/context.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import type { DocumentRequest } from '../graphql/document-request.ts'
import type { MaskError } from '../graphql/errors.ts'
import { isRefused, type RefusedDocument } from '../graphql/policy.ts'
import { badInput } from '../lib/errors.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { type CostReport, costReportOf } from './cost-report.ts'
import type { OpenStream } from './distinct-streams.ts'
import { withStatus } from './http-status.ts'
import type { Identity } from './identify.ts'
import { lastEventIdOf, NEEDS_STREAM, streamEncodingFor } from './negotiation.ts'
import type { OperationArgs } from './operations.ts'
import { explainError } from './refusals.ts'
import type { SingleConnection } from './single-connection.ts'
import { answerShortly, operationIdIn } from './single-requests.ts'
import { beginOn, type StreamedOptions } from './streamed-operation.ts'
import { signalOfResponse } from './wanted-still.ts'
import { endAtWriteTimeout } from './write-timeout.ts'

export interface HttpOperationsOptions extends StreamedOptions {
  readonly openStream: OpenStream
}

/** What Yoga is given with a request. */
export interface NodeContext {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly identity: Identity
  /** Where the results go; undefined: into the response. */
  readonly carrier: SingleConnection | undefined
}

/** What Herald adds to that. */
export interface YogaContext {
  readonly herald: Context
}

/** What Yoga carries from the reading of a document to its execution. */
export interface ReadContext {
  readonly params?: Pick<DocumentRequest, 'documentId' | 'extensions'>
  read?: PreparedDocument | RefusedDocument | undefined
}

function notAcceptable(maskError: MaskError): GraphQLError {
  const error = maskError(badInput(NEEDS_STREAM))
  Object.assign(error.extensions, { http: { status: 406 } })
  return error
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

/** Yoga keeps what it has read until all is answered, at two places: as long as a stream lasts, or an operation waits. */
function forgetRequest(args: ExecutionArgs): void {
  const read = readOf(args)
  Object.assign(read.params ?? {}, { query: '', variables: undefined, extensions: undefined, documentId: undefined })
  read.read = undefined
  Object.assign(args, { document: undefined, variableValues: undefined, operationName: undefined })
}

/** The response is over: Yoga writes nothing to it any more. */
const NOTHING_MORE: ExecutionResult = {}

/** Begins an operation on a stream that others have, too. Its client is told that it was accepted, and all else by the stream. */
function beginStreamed(
  args: ExecutionArgs,
  carrier: SingleConnection,
  options: HttpOperationsOptions,
): ExecutionResult {
  const { res, herald, params } = readOf(args)
  // A client that took it back before it was told so will not end it.
  if (res.closed) return NOTHING_MORE
  try {
    const id = operationIdIn(params?.extensions)
    carrier.requireRoomFor(id)
    const counted = count(args, options)
    const contextValue = contextOn(herald, { connectionId: carrier.session.id, isSocket: true })
    beginOn(carrier, { id, asked: counted.asked, args: argsOf(args, counted, contextValue) }, options)
    answerShortly(res, 202)
    return NOTHING_MORE
  } catch (error) {
    explainError(res, error)
    return { errors: [withStatus(error, options.maskError(error))] }
  }
}

/** Puts Herald's own way of running operations in the place of Yoga's. */
export function useOperations(options: HttpOperationsOptions): Plugin<NodeContext & YogaContext> {
  return {
    onExecute: ({ args: kept, setExecuteFn }) =>
      setExecuteFn((args) => {
        const { res, herald, carrier } = readOf(args)
        if (carrier) return beginStreamed(args, carrier, options)
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
        const { herald, identity, req, res, carrier } = readOf(args)
        if (carrier) return beginStreamed(args, carrier, options)
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
