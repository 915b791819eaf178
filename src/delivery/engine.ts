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
  /** Executes an operation once, with a context of its own. Never rejects. Errors in the result are masked. */
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>
  /** Masks the errors of a result, so that it may be sent to the client. */
  readonly mask: (result: ExecutionResult, args: ExecutionArgs) => ExecutionResult
  readonly bus: Bus
  readonly readHead: ReadHead
  /** `Histories.renew`. */
  readonly renewHistory: (gone: string) => Promise<void>
  readonly stats: DeliveryStats
}

/** Delivers subscriptions: follows streams and topics, and writes results to sinks. */
export interface Engine {
  /** Begins a subscription. Resolves to its delivery, or to a single result with errors when it was refused. Never rejects. */
  subscribe(args: SubscriptionArgs, subscribing: Subscribing): Promise<ExecutionResult | Delivery>
  /** Compiles the subscriptions of a document ahead, before a client sends it. */
  compile(schema: GraphQLSchema, document: DocumentNode): void
  /**
   * Tells the subscribers of a stream on this node, such as `user:alice`, that they may have missed something, because its history changed.
   */
  expire(stream: string): void
}

/** How long results are made before the event loop turns, in milliseconds. */
const TURN_MS = 5
/** How many pages are read per turn of the event loop. Reading an embedded database waits for nothing, and would keep the loop. */
const PAGES_PER_LOOP = 4

function failed(cause: unknown): ExecutionResult {
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  return { errors: [new GraphQLError(originalError.message, { originalError })] }
}

/** The engine of a node, which delivers all subscriptions of its connections. */
export function createEngine({ execute, mask, bus, readHead, renewHistory, stats }: EngineOptions): Engine {
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

  /** Finds or opens the group of a log. Its key contains everything that can change a byte of a result. */
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

  const logMeans = { groupOf, lastResult, renewHistory }
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
        // Without a checkpoint key, a refused cursor cannot be replaced by a checkpoint.
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
