import type { ExecutionResult } from 'graphql'
import type { Held } from '../resume/acknowledgements.ts'
import type { SubscriptionHead } from '../resume/checkpoint.ts'
import type { Message, OperationId } from './message.ts'

/** Writes the results of one connection: to a WebSocket, or into the response to an HTTP request. */
export interface Sink {
  /** Resolves when the last page that is being sent is through (see `inPageTurn`). Undefined when none is. */
  lastPage: Promise<void> | undefined
  /**
   * Adds a message for the operation `id`, to be written at the end of this turn of the event loop. Dropped when the connection has gone.
   */
  send(message: Message, id: OperationId): void
  /** Whether more than `SOFT_LIMIT_BYTES` wait to be written, so that the reader does not keep up. */
  isSlow(): boolean
  /** Resolves when everything has been written, at once when little waits. Never when the connection closes first. */
  waitForRoom(): Promise<void>
}

/** A connection is slow while more bytes than this wait to be written. */
export const SOFT_LIMIT_BYTES = 256 * 1024

/** The `extensions` of a result. */
export type Extensions = Readonly<Record<string, unknown>>

/** A result with these extensions added to its own. Undefined adds none. */
export function withExtensions(result: ExecutionResult, extensions: Extensions | undefined): ExecutionResult {
  return extensions ? { ...result, extensions: { ...result.extensions, ...extensions } } : result
}

/** The end of a subscription, as its connection handles it. */
export interface Ending {
  /** Whether the client has ended the subscription, or has gone. Then nothing needs to be begun for it any more. */
  readonly isOver: boolean
  /** Ends the subscription for its client. `last` is sent before, such as the error that has ended it. */
  complete(last?: ExecutionResult): void
}

/** The connection's part of a subscription: where its results go, and how it begins and ends. */
export interface Subscribing {
  readonly sink: Sink
  readonly id: OperationId
  /** Begins a subscription to a log from its checkpoint. Undefined when it has no key by which it can be recognised later. */
  readonly resume: ((head: SubscriptionHead) => Promise<Held>) | undefined
  /** Called once when the subscription has begun: its start is fixed, and it receives from the bus. */
  readonly onBegun: (() => void) | undefined
  /** Extensions for the first result of this subscription alone. */
  readonly extensions: Extensions | undefined
  readonly ending: Ending
}

/** An object that can end with an error. It saves one closure for each subscription. */
export interface Failing {
  /** Ends it with this error. */
  fail(error: unknown): void
}

/** A subscription that is being delivered. */
export interface Delivery {
  /** Ends the delivery: nothing is written any more. Calling it again does nothing. */
  stop(): void
}

/**
 * Runs a function that reads a page of the store and sends it, and resolves and rejects as it does. It waits until earlier pages of the
 * connection are through, and there is room. So a connection holds one page at a time, however many of its subscriptions are behind. Never
 * settles when the connection closes first.
 */
export async function inPageTurn<Result>(sink: Sink, run: () => Promise<Result>): Promise<Result> {
  const before = sink.lastPage
  const { promise, resolve } = Promise.withResolvers<void>()
  sink.lastPage = promise
  await before
  try {
    await sink.waitForRoom()
    return await run()
  } finally {
    if (sink.lastPage === promise) sink.lastPage = undefined
    resolve()
  }
}
