/** The bounds of the waits between attempts at something that fails. With equal bounds all waits are alike. */
export interface Backoff {
  /** The longest wait after the first failure, in milliseconds. */
  readonly firstMs: number
  /** The longest wait after any failure, in milliseconds. */
  readonly maxMs: number
}

/**
 * How long to wait before something that failed is tried again, in milliseconds. The wait doubles with each failure up to `maxMs`, and half
 * of it is random, so that clients that failed together do not try again together. `failures` counts the earlier failures in a row.
 *
 * Example: with `{ firstMs: 100, maxMs: 5_000 }` it is 50 to 100 ms for 0, 100 to 200 ms for 1, and 2.5 to 5 s from 6 on.
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures = 0): number {
  return Math.min(maxMs, firstMs * 2 ** failures) * (0.5 + Math.random() / 2)
}
