import { type ExecutionArgs, type ExecutionResult, execute, getOperationAST } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import type { Bus } from '../bus/bus.ts'
import { createDeliveryStats, type DeliveryStats } from '../delivery/delivery-stats.ts'
import type { SubscriptionArgs } from '../delivery/question.ts'
import type { Results, Seat, SeatedResults } from '../delivery/results.ts'
import { createSubscribe } from '../delivery/subscribe.ts'
import type { Context } from '../graphql/context.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import type { DocumentRequest } from '../graphql/document-request.ts'
import type { Documents } from '../graphql/documents.ts'
import { type MaskError, maskResult } from '../graphql/errors.ts'
import { isRefused, type RefusedDocument } from '../graphql/policy.ts'
import type { Tally } from '../lib/tally.ts'
import type { ReadHead } from '../storage/lane-heads.ts'

/** An operation of a document that may be executed. */
export interface OperationArgs extends Omit<ExecutionArgs, 'document' | 'contextValue'> {
  readonly prepared: PreparedDocument
  readonly contextValue: Context
}

/** How operations are checked and run, the same on every transport. Errors of results are fit to leave. */
export interface Operations {
  /** Finds, reads and checks a document; its errors are fit to leave. Throws an AppError as `Documents.prepare` does. */
  prepare(request: DocumentRequest, viewer: Viewer | undefined): PreparedDocument | RefusedDocument
  /** Runs a query or mutation. Never rejects. */
  execute(args: OperationArgs): Promise<ExecutionResult>
  /** Begins a subscription whose results are read. Never rejects. */
  subscribe(args: OperationArgs): Promise<Results>
  /** Begins a subscription whose results go to a seat. Never rejects. */
  join(args: OperationArgs, seat: Seat): Promise<SeatedResults>
  /** The history of a log changed, such as `user:alice`: its followers on this node are told that they may have missed something. */
  expire(source: string): void
  /** What delivery has done. */
  readonly stats: DeliveryStats
}

export interface OperationsOptions {
  readonly documents: Documents
  readonly maskError: MaskError
  /** Tells what happened to those who follow a log together. */
  readonly bus: Bus
  readonly readHead: ReadHead
  /** Where operations are counted by type. */
  readonly counts: Tally
}

const typeOf = ({ document, operationName }: ExecutionArgs): string =>
  getOperationAST(document, operationName)?.operation ?? 'query'

/** Makes the one way in which documents become results. */
export const createOperations = ({ documents, maskError, bus, readHead, counts }: OperationsOptions): Operations => {
  const stats = createDeliveryStats()

  const prepare: Operations['prepare'] = (request, viewer) => {
    const answer = documents.prepare(request, viewer)
    return isRefused(answer) ? { ...answer, errors: answer.errors.map((error) => maskError(error)) } : answer
  }

  /** A document that somebody known uses is kept. */
  const argsOf = ({ prepared, ...args }: OperationArgs): SubscriptionArgs => {
    const { document, digest } = args.contextValue.viewer ? documents.keep(prepared) : prepared
    return { ...args, document, documentDigest: digest }
  }

  const mask = (result: ExecutionResult, { document, operationName }: ExecutionArgs): ExecutionResult =>
    result.errors ? maskResult(result, maskError, getOperationAST(document, operationName)?.name?.value) : result

  const run = async (args: ExecutionArgs): Promise<ExecutionResult> => {
    try {
      // A context of its own for each execution: a subscription lives for days, what a context gathers must not.
      return mask(await execute({ ...args, contextValue: { ...(args.contextValue as object) } }), args)
    } catch (error) {
      return { errors: [maskError(error, args.operationName)] }
    }
  }

  const subscribe = createSubscribe({ execute: run, mask, bus, readHead, stats })

  return {
    prepare,
    execute: (args) => {
      const given = argsOf(args)
      counts.add(typeOf(given))
      return run(given)
    },
    subscribe: (args) => {
      counts.add('subscription')
      return subscribe.stream(argsOf(args))
    },
    join: (args, seat) => {
      counts.add('subscription')
      return subscribe.join(argsOf(args), seat)
    },
    expire: subscribe.expire,
    stats,
  }
}
