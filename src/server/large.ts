import type { JsonShape } from '../lib/json-text.ts'
import { createTurnLimiter } from '../lib/limiter.ts'

/** Reading more than this as JSON, and checking the document in it, can take milliseconds. */
const LARGE_BYTES = 2 * 1024

/** One is read in each turn of the event loop; what took long is followed by as long a time for others, up to so many milliseconds. */
const MAX_REST_MS = 100

/** Whether what was sent is read in its turn. */
export function isLarge({ length }: { readonly length: number }): boolean {
  return length > LARGE_BYTES
}

/** Reading a value takes as long as reading so many bytes of text. */
const BYTES_PER_VALUE = 32

/** As many bytes as JSON text counts for: those that it has, or more when it has many small values. */
export function weightOf({ length }: { readonly length: number }, { values }: JsonShape): number {
  return Math.max(length, BYTES_PER_VALUE * values)
}

const takeTurn = createTurnLimiter(1, MAX_REST_MS)

/** Reads what is large when it is its turn, whichever transport brought it: `read` does so at once. Rejects when that throws. */
export async function readInTurn<Result>(read: () => Result): Promise<Result> {
  await takeTurn()
  return read()
}
