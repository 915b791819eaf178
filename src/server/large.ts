import type { JsonShape } from '../lib/json-text.ts'
import { createTurnLimiter } from '../lib/limiter.ts'

/** Text over this size is large: to read it as JSON, and to check the document in it, can take milliseconds. */
const LARGE_BYTES = 2 * 1024

/** After a large text was read, other work has as much time as the reading took, up to so many milliseconds. */
const MAX_REST_MS = 100

/** Whether text, or the bytes of one, is so large that it has to be read with `readInTurn`. */
export function isLarge({ length }: { readonly length: number }): boolean {
  return length > LARGE_BYTES
}

/** To read one JSON value takes about as long as to read so many bytes of text. */
const BYTES_PER_VALUE = 32

/** How many bytes a JSON text counts for in budgets: its length, or more when it has many small values. */
export function weightOf({ length }: { readonly length: number }, { values }: JsonShape): number {
  return Math.max(length, BYTES_PER_VALUE * values)
}

const takeTurn = createTurnLimiter(1, MAX_REST_MS)

/**
 * Calls `read` when its turn has come: on all transports together, one large text is read in each turn of the event loop. Resolves to its
 * result; rejects with what it throws.
 */
export async function readInTurn<Result>(read: () => Result): Promise<Result> {
  await takeTurn()
  return read()
}
