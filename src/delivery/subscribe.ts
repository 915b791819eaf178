import { createSourceEventStream, type ExecutionArgs, type ExecutionResult, GraphQLError } from 'graphql'
import type { Delivery, Feed } from '../feed/feed.ts'
import { isLogFeed } from '../feed/follow.ts'
import type { Groups } from './groups.ts'
import { logResult } from './log-result.ts'
import type { ResultStream, Results, SubscribeArgs } from './results.ts'
import { createSharedStream } from './shared-stream.ts'

export interface SubscribeOptions {
  /** Executes an operation once, with a context of its own. Never rejects; its errors are fit to leave. */
  readonly execute: (args: ExecutionArgs) => Promise<ExecutionResult>
  /** Makes the errors of a result fit to leave. */
  readonly mask: (result: ExecutionResult, args: ExecutionArgs) => ExecutionResult
  /** Where those who follow the same log meet. */
  readonly groups: Groups
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

const stream = (feed: Feed<unknown>, args: ExecutionArgs, { execute, mask }: SubscribeOptions): ResultStream => {
  let iterator: AsyncIterator<Delivery<unknown>, undefined> | undefined
  let ended = false

  const deliver = async (): Promise<ExecutionResult | undefined> => {
    iterator ??= feed[Symbol.asyncIterator]()
    const { done, value } = await iterator.next()
    if (done) return undefined
    return withCursor(await execute({ ...args, rootValue: value.item }), value, feed)
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
        return told ? DONE : { done: false, value: mask(failed(error), args) }
      }
    },
    return: async () => {
      ended = true
      try {
        await iterator?.return?.()
      } catch (error) {
        mask(failed(error), args)
      }
      return DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const begin = (feed: Feed<unknown>, { seat, ...args }: SubscribeArgs, options: SubscribeOptions): ResultStream =>
  seat && isLogFeed(feed)
    ? createSharedStream(
        seat,
        (fail) => options.groups.join(feed, args, { ...seat, ...(feed.isExplicit && { open: undefined }), fail }),
        (error) => options.mask(failed(error), args),
      )
    : stream(feed, args, options)

/**
 * Makes the `subscribe` of both transports: a resolver returns a feed, each delivery is executed as a result of its own,
 * and what ends the feed becomes a last result with errors. Logs over WebSockets are executed once for all who ask the same. The feed begins with the first `next()`, so a stream that
 * nobody reads holds nothing.
 */
export const createSubscribe =
  (options: SubscribeOptions) =>
  async (args: SubscribeArgs): Promise<Results> => {
    try {
      const source = await createSourceEventStream(args)
      return Symbol.asyncIterator in source ? begin(source as Feed<unknown>, args, options) : options.mask(source, args)
    } catch (error) {
      return options.mask(failed(error), args)
    }
  }
