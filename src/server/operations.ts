import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  type OperationDefinitionNode,
} from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { createDeliveryStats, type DeliveryStats } from '../delivery/delivery-stats.ts'
import type { Results, Seat, SeatedResults } from '../delivery/results.ts'
import { createSubscribe } from '../delivery/subscribe.ts'
import { type MaskError, maskResult } from '../graphql/errors.ts'
import type { Policy } from '../graphql/policy.ts'
import type { Tally } from '../lib/tally.ts'
import type { ReadHead } from '../storage/lane-heads.ts'

/** A document that may be executed, and the operation of it that was asked for. */
export interface Prepared {
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

/** How operations are checked and run, the same on every transport. Errors of results are fit to leave. */
export interface Operations {
  /** Throws a GraphQLError that is fit to leave. */
  parse(text: string): DocumentNode
  /** What is wrong with a document, fit to leave. */
  validate(document: DocumentNode): readonly GraphQLError[]
  /** `parse`, `validate` and choosing the operation; returns errors when one of them fails. */
  prepare(text: string, operationName: string | null | undefined): Prepared | readonly GraphQLError[]
  /** Runs a query or mutation. Never rejects. */
  execute(args: ExecutionArgs): Promise<ExecutionResult>
  /** Begins a subscription whose results are read. Never rejects. */
  subscribe(args: ExecutionArgs): Promise<Results>
  /** Begins a subscription whose results go to a seat. Never rejects. */
  join(args: ExecutionArgs, seat: Seat): Promise<SeatedResults>
  /** The history of a log changed, such as `user:alice`: its followers on this node are told that they may have missed something. */
  expire(source: string): void
  /** What delivery has done. */
  readonly stats: DeliveryStats
}

export interface OperationsOptions {
  readonly policy: Policy
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
export const createOperations = ({ policy, maskError, bus, readHead, counts }: OperationsOptions): Operations => {
  const stats = createDeliveryStats()

  const parse = (text: string): DocumentNode => {
    try {
      return policy.parse(text)
    } catch (error) {
      throw maskError(error)
    }
  }

  const validate = (document: DocumentNode): readonly GraphQLError[] => {
    try {
      return policy.validate(document).map((error) => maskError(error))
    } catch (error) {
      return [maskError(error)]
    }
  }

  const prepare = (text: string, operationName: string | null | undefined): Prepared | readonly GraphQLError[] => {
    const document = parse(text)
    const errors = validate(document)
    if (errors.length > 0) return errors
    const operation = getOperationAST(document, operationName)
    return operation
      ? { document, operation }
      : [maskError(new GraphQLError('Say with operationName which operation of the document to run.'))]
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
    parse,
    validate,
    prepare: (text, operationName) => {
      try {
        return prepare(text, operationName)
      } catch (error) {
        return [maskError(error)]
      }
    },
    execute: (args) => {
      counts.add(typeOf(args))
      return run(args)
    },
    subscribe: (args) => {
      counts.add('subscription')
      return subscribe.stream(args)
    },
    join: (args, seat) => {
      counts.add('subscription')
      return subscribe.join(args, seat)
    },
    expire: subscribe.expire,
    stats,
  }
}
