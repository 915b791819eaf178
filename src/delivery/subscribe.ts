import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Bus } from '../bus/bus.ts'
import type { Delivery, Feed } from '../feed/feed.ts'
import { isLogFeed } from '../feed/follow.ts'
import type { ReadHead } from '../storage/lane-heads.ts'
import type { DeliveryStats } from './delivery-stats.ts'
import { createExecute, type Execute } from './execute.ts'
import { createGroups } from './groups.ts'
import { logResult } from './log-result.ts'
import { startPump } from './pump.ts'
import type { ResultStream, Results, Seat, SubscribeArgs } from './results.ts'
import { createSharedItems } from './shared-items.ts'
import { createSharedStream, type Join } from './shared-stream.ts'

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

interface Parts {
  readonly mask: (error: unknown) => ExecutionResult
  readonly execute: Execute
}

const stream = (feed: Feed<unknown>, { execute, mask }: Parts): ResultStream => {
  let iterator: AsyncIterator<Delivery<unknown>, undefined> | undefined
  let ended = false

  const deliver = async (): Promise<ExecutionResult | undefined> => {
    iterator ??= feed[Symbol.asyncIterator]()
    const { done, value } = await iterator.next()
    if (done) return undefined
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

/**
 * Makes the `subscribe` of both transports: a resolver returns a feed, each delivery is executed as a result of its own,
 * and what ends the feed becomes a last result with errors. Over WebSockets what is delivered is executed once for all who ask
 * the same. The feed begins with the first `next()`, so a stream that nobody reads holds nothing.
 */
export const createSubscribe = ({ execute, mask, bus, readHead, stats }: SubscribeOptions) => {
  const executeFor = createExecute(execute)
  const groups = createGroups({ bus, executeFor, readHead, stats })
  const sharedItems = createSharedItems(executeFor, stats)

  const joinOf = (feed: Feed<unknown>, seat: Seat, args: ExecutionArgs): Join => {
    if (isLogFeed(feed)) {
      return (fail) => groups.join(feed, args, { ...seat, ...(feed.isExplicit && { open: undefined }), fail })
    }
    const write = sharedItems(feed, args)
    return (fail) => startPump({ feed, seat, write, fail, stats })
  }

  const begin = (feed: Feed<unknown>, { seat, ...args }: SubscribeArgs): ResultStream => {
    const maskError = (error: unknown): ExecutionResult => mask(failed(error), args)
    return seat && (isLogFeed(feed) || feed.kind !== 'log')
      ? createSharedStream(seat, joinOf(feed, seat, args), maskError)
      : stream(feed, { execute: executeFor(args), mask: maskError })
  }

  return async (args: SubscribeArgs): Promise<Results> => {
    try {
      const source = await createSourceEventStream(args)
      return Symbol.asyncIterator in source ? begin(source as Feed<unknown>, args) : mask(source, args)
    } catch (error) {
      return mask(failed(error), args)
    }
  }
}
