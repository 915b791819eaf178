import { randomFillSync } from 'node:crypto'
import { v7 } from 'uuid'

/** Random bytes for many ids: to ask for a few costs nearly as much as to ask for thousands. */
const pool = Buffer.alloc(8_192)
let taken = pool.length

/** Random bytes that nobody else gets. They stay what they are until the next call. */
function randomBytes(length: number): Buffer {
  if (taken + length > pool.length) {
    randomFillSync(pool)
    taken = 0
  }
  taken += length
  return pool.subarray(taken - length, taken)
}

const BYTES_PER_UUID = 16
/** When the last id was made, and its number. */
const last = { msecs: 0, seq: 0 }

/** A UUIDv7 (RFC 9562): unique, and sorts by the time it was made, among those of one process also within a millisecond. */
export function newId(): string {
  const random = randomBytes(BYTES_PER_UUID)
  const now = Date.now()
  // Counts up within a millisecond, from where there is room above, and never goes back with the clock.
  if (now > last.msecs) Object.assign(last, { msecs: now, seq: random.readUInt32BE(0) >>> 1 })
  else if (++last.seq > 0xffff_ffff) Object.assign(last, { msecs: last.msecs + 1, seq: 0 })
  return v7({ random, ...last })
}

/** 64 random bits in 11 URL-safe characters: tells one life of a stream, a database or a node from the next. */
export function newEpoch(): string {
  return randomBytes(8).toString('base64url')
}
