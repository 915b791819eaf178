import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLSchema,
  getOperationAST,
} from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { createDeliveryStats, type DeliveryStats } from '../delivery/delivery-stats.ts'
import { createEngine } from '../delivery/engine.ts'
import type { SubscriptionArgs } from '../delivery/execute.ts'
import type { Delivery, Subscribing } from '../delivery/sink.ts'
import type { Context } from '../graphql/context.ts'
import type { Costs } from '../graphql/cost.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import type { Documents } from '../graphql/documents.ts'
import { type MaskError, maskResult } from '../graphql/errors.ts'
import { isRefused, type RefusedDocument } from '../graphql/policy.ts'
import type { Work } from '../graphql/work.ts'
import type { Counter } from '../lib/counter.ts'
import type { Limits } from '../lib/limits.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import { type Asked, type Asking, chooseOperation } from './asked.ts'
import { type CostReport, costExtensions, reportCost } from './cost-report.ts'
import { createRun } from './run-operation.ts'

/** An operation that may be executed, with its document, variables and context. */
export interface OperationArgs extends Omit<ExecutionArgs, 'document' | 'contextValue'> {
  readonly prepared: PreparedDocument
  readonly contextValue: Context
  /** Bounds what a query or mutation reads, and stops it when its client has gone. Left out for a subscription. */
  readonly work?: Work
  /** What `extensions.cost` of the answer says; undefined: nothing. */
  readonly costReport: CostReport | undefined
}

/** Checks and runs operations, the same on every transport. Errors of results are masked: they can be sent to the client. */
export interface Operations {
  /**
   * Finds a document, reads it and checks it. Returns masked errors when the document is refused. Throws an AppError as `Documents.prepare`
   * does, and what `beforeCheck` throws.
   */
  prepare(...request: Parameters<Documents['prepare']>): PreparedDocument | RefusedDocument
  /** Chooses the operation of a document that the client asks for. Throws as `chooseOperation` does, before anything is executed. */
  choose(prepared: PreparedDocument, asking: Asking): Asked
  /** Runs a query or mutation. Never rejects: errors are in the result. */
  execute(args: OperationArgs): Promise<ExecutionResult>
  /** Begins a subscription. Resolves to its delivery, or to one result with errors when it was refused. Never rejects. */
  subscribe(args: OperationArgs, subscribing: Omit<Subscribing, 'extensions'>): Promise<ExecutionResult | Delivery>
  /** Compiles the subscriptions of a document before the first client asks for them. */
  compile(schema: GraphQLSchema, document: DocumentNode): void
  /**
   * The history of a stream, such as `user:alice`, has changed: notifies its subscribers on this node that they may have missed something.
   */
  expire(stream: string): void
  /** Counters of delivery on this node. */
  readonly stats: DeliveryStats
}

export interface OperationsOptions {
  readonly limits: Limits
  readonly documents: Documents
  readonly costs: Costs
  readonly maskError: MaskError
  readonly bus: Bus
  readonly readHead: ReadHead
  /** `Histories.renew`. */
  readonly renewHistory: (gone: string) => Promise<void>
  /** Counts the operations that have begun, by type. */
  readonly counts: Counter
  /** Called when an operation of a trusted document begins, with the name of the operation. */
  readonly onTrusted: (name: string) => void
}

function typeOf({ document, operationName }: ExecutionArgs): string {
  return getOperationAST(document, operationName)?.operation ?? 'query'
}

/** Returns the one way in which documents become results, for all transports of this node. */
export function createOperations(options: OperationsOptions): Operations {
  const { limits, documents, costs, maskError, bus, readHead, renewHistory, counts, onTrusted } = options
  const stats = createDeliveryStats()
  const run = createRun({ maskError, answerBytes: limits.answerBytes })
  const choosing = { costs, limits }

  const prepare: Operations['prepare'] = (...request) => {
    const answer = documents.prepare(...request)
    return isRefused(answer) ? { ...answer, errors: answer.errors.map((error) => maskError(error)) } : answer
  }

  /** The arguments with which an operation is executed. Its document is kept in the cache, unless a stranger sent it. */
  const argsOf = ({
    prepared,
    schema,
    operationName,
    variableValues,
    contextValue,
  }: OperationArgs): SubscriptionArgs => {
    const { document, digest, trustedNames } = contextValue.viewer ? documents.keep(prepared) : prepared
    if (trustedNames) onTrusted(operationName ?? trustedNames[0] ?? '')
    return { schema, document, documentDigest: digest, operationName, variableValues, contextValue }
  }

  const mask = (result: ExecutionResult, { document, operationName }: ExecutionArgs): ExecutionResult =>
    result.errors ? maskResult(result, maskError, getOperationAST(document, operationName)?.name?.value) : result

  const engine = createEngine({ execute: run, mask, bus, readHead, renewHistory, stats })

  return {
    prepare,
    choose: (prepared, asking) => chooseOperation(prepared, asking, choosing),
    execute: async (args) => {
      const given = argsOf(args)
      counts.add(typeOf(given))
      return reportCost(await run({ ...given, work: args.work }), args.costReport)
    },
    subscribe: (args, subscribing) => {
      counts.add('subscription')
      return engine.subscribe(argsOf(args), { ...subscribing, extensions: costExtensions(args.costReport) })
    },
    compile: engine.compile,
    expire: engine.expire,
    stats,
  }
}
