import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql'
import type { Bus } from '../bus/bus.ts'
import type { Delivery, Feed } from '../feed/feed.ts'
import { isLogFeed } from '../feed/follow.ts'
import { createTimeLimiter, type TimeLimiter } from '../lib/limiter.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { createExecute, type Execute } from './execute.ts'
import { createGroups } from './groups.ts'
import { logResult } from './log-result.ts'
import { startPump } from './pump.ts'
import type { SubscriptionArgs } from './question.ts'
import type { Ending, Join, Joined, ResultStream, Results, Seat, SeatedResults } from './results.ts'
import { createSharedItems } from './shared-items.ts'

export interface SubscribeOptions {
  /** Executes an operation once, with a context of its own. Never rejects; its errors are fit to leave. */
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>
  /** Makes the errors of a result fit to leave. */
  readonly mask: (result: ExecutionResult, args: ExecutionArgs) => ExecutionResult
  /** Tells what happened to those who follow a log together. */
  readonly bus: Bus
  readonly readHead: ReadHead
  readonly stats: DeliveryStats
}

/** How long results are made before others have their turn, in milliseconds. */
const TURN_MS = 5

const DONE = { done: true, value: undefined } as const

const failed = (cause: unknown): ExecutionResult => {
  const originalError = cause instanceof Error ? cause : new Error(String(cause))
  return { errors: [new GraphQLError(originalError.message, { originalError })] }
}

const withCursor = (
  result: ExecutionResult,
  { cursor }: Delivery<unknown>,
  { kind }: Feed<unknown>,
): ExecutionResult => (kind === 'log' ? logResult(result, cursor) : result)

/** Where nobody is known, a log begins where its client said. */
const requireStart = (feed: Feed<unknown>): void => {
  if (isLogFeed(feed) && feed.refusal !== undefined) throw feed.refusal
}

interface Parts {
  readonly mask: (error: unknown) => ExecutionResult
  readonly execute: Execute
  readonly turns: TimeLimiter
}

const stream = (feed: Feed<unknown>, { execute, mask, turns }: Parts): ResultStream => {
  let iterator: AsyncIterator<Delivery<unknown>, undefined> | undefined
  let ended = false

  const deliver = async (): Promise<ExecutionResult | undefined> => {
    iterator ??= feed[Symbol.asyncIterator]()
    const { done, value } = await iterator.next()
    if (done) return undefined
    await turns.takeLong(feed.source)
    return withCursor(await execute(value.item), value, feed)
  }

  return {
    next: async () => {
      if (ended) return DONE
      try {
        const value = await deliver()
        if (value && !ended) return { done: false, value }
        ended = true
        return DONE
      } catch (error) {
        // Told as a last result: an error thrown from here would end more than this subscription.
        const told = ended
        ended = true
        return told ? DONE : { done: false, value: mask(error) }
      }
    },
    return: async () => {
      ended = true
      try {
        await iterator?.return?.()
      } catch (error) {
        mask(error)
      }
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Begins subscriptions; neither way ever rejects. The feed begins when it is read or joined: until then it holds nothing. */
export interface Subscribe {
  /** Each delivery is executed as a result of its own, and what ends the feed becomes a last result with errors. */
  stream(args: SubscriptionArgs): Promise<Results>
  /** What is delivered is executed once for all who ask the same, and written to the seats of all. */
  join(args: SubscriptionArgs, seat: Seat): Promise<SeatedResults>
  /** Makes what executes the subscriptions of a document before somebody asks for it. */
  compile(schema: GraphQLSchema, document: DocumentNode): void
  /** The history of a log changed: those who follow it together are told that they may have missed something. */
  expire(source: string): void
}

/** Makes the beginning of subscriptions on both transports, for resolvers that return feeds. */
export const createSubscribe = ({ execute, mask, bus, readHead, stats }: SubscribeOptions): Subscribe => {
  const executeFor = createExecute(execute)
  const turns = createTimeLimiter(TURN_MS)
  const lastResult = (error: unknown, args: SubscriptionArgs): ExecutionResult => mask(failed(error), args)
  const groups = createGroups({ bus, executeFor, readHead, turns, lastResult, stats })
  const sharedItems = createSharedItems({ executeFor, turns, stats })

  const begin = async <Begun>(
    args: SubscriptionArgs,
    use: (feed: Feed<unknown>) => Begun,
  ): Promise<ExecutionResult | Begun> => {
    try {
      const source = await createSourceEventStream(args)
      return Symbol.asyncIterator in source ? use(source as Feed<unknown>) : mask(source, args)
    } catch (error) {
      return lastResult(error, args)
    }
  }

  const joinFeed = (feed: Feed<unknown>, args: SubscriptionArgs, seat: Seat, ending: Ending): Joined =>
    isLogFeed(feed)
      ? groups.join(feed, seat, { args, ending })
      : startPump({
          feed,
          seat,
          write: sharedItems(feed, args),
          fail: (error) => ending.end(lastResult(error, args)),
          onDone: () => ending.end(),
          stats,
        })

  return {
    stream: (args) =>
      begin(args, (feed) => {
        requireStart(feed)
        return stream(feed, { execute: executeFor(args), mask: (error) => lastResult(error, args), turns })
      }),
    join: (args, seat) =>
      begin(args, (feed): Join => {
        if (!seat.open) requireStart(feed)
        return (ending) => joinFeed(feed, args, seat, ending)
      }),
    compile: (schema, document) => {
      for (const node of document.definitions) {
        if (node.kind !== 'OperationDefinition' || node.operation !== 'subscription') continue
        executeFor({ schema, document, operationName: node.name?.value })
      }
    },
    expire: groups.expire,
  }
}
