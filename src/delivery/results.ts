import type { ExecutionResult } from 'graphql'
import type { StreamHead } from '../resume/checkpoint.ts'
import type { HeldCheckpoint } from '../resume/clients.ts'
import type { OperationId } from './frame.ts'
import type { Outbox } from './outbox.ts'

/** Results that end at once when `return()` is called. Neither `next()` nor `return()` ever rejects. */
export type ResultStream = AsyncIterableIterator<ExecutionResult, undefined>

/** What a subscription answers that is read: results until it ends, or one result when it was refused. */
export type Results = ExecutionResult | ResultStream

/** `extensions` of a result. */
export type Extensions = Readonly<Record<string, unknown>>

/** Adds to what a result says beside its data. */
export const withExtensions = (result: ExecutionResult, extensions: Extensions | undefined): ExecutionResult =>
  extensions ? { ...result, extensions: { ...result.extensions, ...extensions } } : result

/** Where a subscription over a WebSocket is answered. */
export interface Seat {
  readonly outbox: Outbox
  readonly id: OperationId
  /** Takes up the subscription to a lane where its client left it; undefined when it cannot be recognised again. */
  readonly open: ((head: StreamHead) => Promise<HeldCheckpoint>) | undefined
  /** Told once that it has begun: where it starts is fixed, and it hears the bus. */
  readonly onBegun: (() => void) | undefined
  /** What its first result says beside what it says to all. */
  readonly extensions?: Extensions | undefined
}

/** Who waits for the end of results. */
export interface Ending {
  /** They are over: by themselves, or with a last result that says what ended them. */
  end(last?: ExecutionResult): void
}

/** What ends with an error: an object where there is one per subscription, so that each need not have a closure. */
export interface Failing {
  fail(error: unknown): void
}

/** Whose results are written to a seat. */
export interface Joined {
  /** Nothing is written any more. Can be called again. */
  leave(): void
}

/** Begins to write results to a seat. */
export type Join = (ending: Ending) => Joined

/** What a subscription answers that has a seat: results that go there, or one result when it was refused. */
export type SeatedResults = ExecutionResult | Join
