import type { ExecutionArgs, ExecutionResult } from 'graphql'
import type { Bookmark } from './bookmark.ts'
import type { OperationId } from './frame.ts'
import type { Outbox } from './outbox.ts'
import type { LanePosition } from './positions.ts'

/** What a subscription answers: results until it ends, or one result when it was refused. */
export type Results = ExecutionResult | ResultStream

/** Results that end at once when `return()` is called. Neither `next()` nor `return()` ever rejects. */
export type ResultStream = AsyncIterableIterator<ExecutionResult, undefined>

/** Where a subscription over a WebSocket is answered: results can be written there, past whoever reads the stream. */
export interface Seat {
  readonly outbox: Outbox
  readonly id: OperationId
  /** Takes up the subscription to a lane where its client left it; undefined when it cannot be recognised again. */
  readonly open: ((lane: LanePosition) => Promise<Bookmark>) | undefined
}

/** A subscription to begin. Without a seat, all its results come through the stream. */
export interface SubscribeArgs extends ExecutionArgs {
  readonly seat?: Seat | undefined
}
