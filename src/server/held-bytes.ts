import { AppError } from '../lib/errors.ts'
import type { Tally } from '../lib/tally.ts'

/** Somebody for whom bytes are held: a socket, or the streams of one connection. */
export interface Holder {
  /** Bytes of memory that its operations take now, about. */
  heldBytes: number
}

/** How many there may be for one holder. */
export interface HeldBytesOptions {
  readonly maxBytes: number
  readonly rejects: Tally
}

/** What is under way is mostly over after so long. */
const RETRY_AFTER_MS = 1_000

/** Counts bytes that are held from now on. Throws RATE_LIMITED when there are too many, and counts nothing then. */
export function hold(holder: Holder, bytes: number, { maxBytes, rejects }: HeldBytesOptions): void {
  if (holder.heldBytes + bytes > maxBytes) {
    rejects.add('bytes_per_socket')
    const message = `The operations of this connection take ${holder.heldBytes} bytes, and at most ${maxBytes} are held for it. End one first.`
    const advice = 'A client that means it? Raise MAX_SOCKET_BYTES.'
    throw new AppError('RATE_LIMITED', message, { retryAfterMs: RETRY_AFTER_MS }, { advice })
  }
  holder.heldBytes += bytes
}

/** They are held no more. */
export function release(holder: Holder, bytes: number): void {
  holder.heldBytes -= bytes
}
