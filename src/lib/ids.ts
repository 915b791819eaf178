import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Random bytes for many ids, fetched at once: asking the system for a few costs nearly as much as for thousands. */
const pool = Buffer.alloc(8_192)
let taken = pool.length

/** Takes `length` random bytes from the pool. The buffer is only valid until the next call, which may refill the pool. */
function randomBytes(length: number): Buffer {
  if (taken + length > pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  taken += length
  return pool.subarray(taken - length, taken)
}

const BYTES_PER_UUID = 16
/** The time of the last id in milliseconds, and its counter within that millisecond. */
const last = { msecs: 0, seq: 0 }

/** A new UUIDv7 (RFC 9562). It is unique, and sorts by the time it was made. Ids of one process also sort within a millisecond. */
export function newId(): string {
  const random = randomBytes(BYTES_PER_UUID)
  const now = Date.now()
  // Counts up within a millisecond, from a random number with room above it. When the clock goes back, it keeps the last time.
  if (now > last.msecs) Object.assign(last, { msecs: now, seq: random.readUInt32BE(0) >>> 1 })
  else if (++last.seq > 0xffff_ffff) Object.assign(last, { msecs: last.msecs + 1, seq: 0 })
  return v7({ random, ...last })
}

/** 64 random bits in 11 URL-safe characters. They name one life of a stream, a database or a node, as distinct from the next one. */
export function newEpoch(): string {
  return randomBytes(8).toString('base64url')
}
