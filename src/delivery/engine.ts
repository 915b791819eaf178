import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql'
import type { Bus } from '../bus/bus.ts'
import { createTimeLimiter, createTurnLimiter } from '../lib/limiter.ts'
import type { ReadHead } from '../storage/stream-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { type AnyLog, Source, scopeKey } from './description.ts'
import { createExecute, operationKey, type SubscriptionArgs } from './execute.ts'
import { ItemDelivery, type ItemDescription } from './item-delivery.ts'
import { LogDelivery } from './log-delivery.ts'
import { expireGroup, type LogGroup, type LogGroupMeans, openGroup } from './log-group.ts'
import { createWriteOnce } from './render.ts'
import type { Delivery, Subscribing } from './sink.ts'

export interface EngineOptions {
  /** Executes an operation once, with a context of its own. Never rejects; its errors are fit to leave. */
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>
  /** Makes the errors of a result fit to leave. */
  readonly mask: (result: ExecutionResult, args: ExecutionArgs) => ExecutionResult
  readonly bus: Bus
  readonly readHead: ReadHead
  readonly stats: DeliveryStats
}

/** Delivers subscriptions. */
export interface Engine {
  /** Begins a subscription; resolves to one result when it was refused. Never rejects. */
  subscribe(args: SubscriptionArgs, subscribing: Subscribing): Promise<ExecutionResult | Delivery>
  /** Makes what executes the subscriptions of a document before somebody asks for it. */
  compile(schema: GraphQLSchema, document: DocumentNode): void
  /** The history of a stream changed, such as `user:alice`: its subscribers on this node are told that they may have missed something. */
  expire(stream: string): void
}

/** How long results are made before others have their turn, in milliseconds. */
const TURN_MS = 5
/** Pages that are read between two looks at everything else: those of an embedded database need not wait for anything. */
const PAGES_PER_LOOP = 4

function failed(cause: unknown): ExecutionResult {
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  return { errors: [new GraphQLError(originalError.message, { originalError })] }
}

/** Makes the engine of a node. */
export function createEngine({ execute, mask, bus, readHead, stats }: EngineOptions): Engine {
  const executeFor = createExecute(execute)
  const turns = createTimeLimiter(TURN_MS)
  const writeOnce = createWriteOnce({ executeFor, turns, stats })
  const groups = new Map<string, LogGroup>()
  const count = (): void => {
    stats.groups = groups.size
  }
  const means: LogGroupMeans = {
    bus,
    readHead,
    turns,
    takePageTurn: createTurnLimiter(PAGES_PER_LOOP),
    stats,
    onEmpty: ({ key }) => {
      groups.delete(key)
      count()
    },
  }

  /** Found by everything that can change a byte of a result. */
  const groupOf = (log: AnyLog, args: SubscriptionArgs): LogGroup => {
    const key = JSON.stringify([operationKey(args), log.source, log.epoch, scopeKey(log.scope)])
    const known = groups.get(key)
    if (known) return known
    const group = openGroup(key, log, executeFor(args), means)
    groups.set(key, group)
    count()
    return group
  }

  const lastResult = (error: unknown, args: SubscriptionArgs): ExecutionResult => mask(failed(error), args)

  const logMeans = { groupOf, lastResult }
  const itemMeans = { bus, writeOnce, stats, lastResult }
  const deliver = (source: Source, args: SubscriptionArgs, subscribing: Subscribing): Delivery =>
    source.description.kind === 'log'
      ? new LogDelivery(logMeans, source as Source<AnyLog>, args, subscribing)
      : new ItemDelivery(itemMeans, source.description as ItemDescription, args, subscribing)

  return {
    subscribe: async (args, subscribing) => {
      try {
        const source = await createSourceEventStream(args)
        if (!(source instanceof Source)) return mask(source as ExecutionResult, args)
        // Where nobody is known, a log begins where its client said.
        if (source.refusal !== undefined && !subscribing.resume) throw source.refusal
        return subscribing.ending.isOver ? {} : deliver(source, args, subscribing)
      } catch (error) {
        return lastResult(error, args)
      }
    },
    compile: (schema, document) => {
      for (const node of document.definitions) {
        if (node.kind !== 'OperationDefinition' || node.operation !== 'subscription') continue
        executeFor({ schema, document, operationName: node.name?.value })
      }
    },
    expire: (stream) => {
      for (const group of groups.values()) if (group.log.source === stream) expireGroup(group)
    },
  }
}
