import type { ExecutionResult } from 'graphql'
import type { Held } from '../resume/acknowledgements.ts'
import type { SubscriptionHead } from '../resume/checkpoint.ts'
import type { Message, OperationId } from './message.ts'

/** Where the results of one connection are written: a WebSocket, or the response to a request. */
export interface Sink {
  /** The end of the last page that was asked for; undefined when none is under way. */
  lastPage: Promise<void> | undefined
  /** Hands over a message for the operation `id`, to be written with what else this turn brings. Dropped when the connection has gone. */
  send(message: Message, id: OperationId): void
  /** More waits to be written than a reader that keeps up would leave. */
  isSlow(): boolean
  /** Resolves when everything has been written, at once when little waits. Never when the connection closes first. */
  waitForRoom(): Promise<void>
}

/** A connection with more than this waiting to be written has fallen behind. */
export const SOFT_LIMIT_BYTES = 256 * 1024

/** `extensions` of a result. */
export type Extensions = Readonly<Record<string, unknown>>

/** Adds to what a result says beside its data. */
export function withExtensions(result: ExecutionResult, extensions: Extensions | undefined): ExecutionResult {
  return extensions ? { ...result, extensions: { ...result.extensions, ...extensions } } : result
}

/** Who waits for the end of a subscription. */
export interface Ending {
  /** Its client has ended it, or has gone: nothing needs to be begun for it any more. */
  readonly isOver: boolean
  /** Its results are over: by themselves, or with a last one that says what ended them. */
  complete(last?: ExecutionResult): void
}

/** What a client that subscribes brings. */
export interface Subscribing {
  readonly sink: Sink
  readonly id: OperationId
  /** Takes up the subscription to a log where its client left it; undefined when it cannot be recognised again. */
  readonly resume: ((head: SubscriptionHead) => Promise<Held>) | undefined
  /** Told once that it has begun: where it starts is fixed, and it receives from the bus. */
  readonly onBegun: (() => void) | undefined
  /** What its first result says beside what it says to all. */
  readonly extensions: Extensions | undefined
  readonly ending: Ending
}

/** What ends with an error: an object where there is one per subscription, so that each need not have a closure. */
export interface Failing {
  fail(error: unknown): void
}

/** A subscription that is delivered. */
export interface Delivery {
  /** Nothing is written any more. Can be called again. */
  stop(): void
}

/**
 * Runs what reads a page of the store and sends it, when there is room for it and those that were asked for before are through: so a
 * connection holds one page, however many of its subscriptions are behind. Never resolves when the connection closes first.
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
