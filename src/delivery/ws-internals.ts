import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** Which internals of `ws` and Node can be used, although neither of them promises that they work (see `tryInternals`). */
export interface Internals {
  /** Whether frames can be written to the connection past `ws`. If not, `ws` sends each message. */
  readonly canWritePast: boolean
  /** Whether messages over the limit can be skipped. If not, they end their socket. */
  readonly canSkip: boolean
  /** Whether it can be seen how much of a large write the network has taken. If not, a write only counts when all of it was taken. */
  readonly canCountParts: boolean
}

/** A message over the limit, whose content was dropped except for its ends. */
export interface SkippedMessage {
  /** The first bytes, at most `KEPT_BYTES`. */
  readonly first: Buffer
  /** The last bytes, at most `KEPT_BYTES`. */
  readonly last: Buffer
  /** The limit that it was over, in bytes. */
  readonly limit: number
}

/** The internal object of `ws` that reads a WebSocket, as far as it is used here. */
interface Receiver {
  _opcode: number
  _payloadLength: number
  _totalPayloadLength: number
  _messageLength: number
  _maxPayload: number
  _bufferedBytes: number
  _buffers: readonly Buffer[]
  _fragments: readonly Buffer[]
  _mask: Buffer | undefined
  _loop: boolean
  readonly _errored: boolean
  consume(bytes: number): Buffer
  haveLength(done: unknown): void
  getData(done: unknown): void
  _write(bytes: Buffer, encoding: unknown, done: () => void): void
  createError(kind: unknown, message: string, prefix: boolean, status: number, code: string): Error
}

/** A message that is being skipped. */
interface Skipped {
  /** How many bytes of it were read so far. */
  bytes: number
  /** At which byte of the message the present frame began. */
  frameAt: number
  first: Buffer
  last: Buffer
  readonly limit: number
}

/** A receiver that skips messages over its limit. */
type Skipping = Receiver & { skipped: Skipped | undefined }

/** How many bytes are kept of the beginning of a skipped message, and of its end. */
export const KEPT_BYTES = 1_024
/** A message that is more than so many times as long as the limit is no mistake, and ends the socket. */
const ENDURED = 64

function isData({ _opcode }: Receiver): boolean {
  return _opcode < 8
}

function unmasked(bytes: Buffer, mask: Buffer | undefined, at: number): Buffer {
  return Buffer.from(bytes.map((byte, index) => byte ^ (mask?.[(at + index) & 3] ?? 0)))
}

function keep(skipped: Skipped, bytes: Buffer, mask: Buffer | undefined): void {
  const at = skipped.bytes - skipped.frameAt
  const room = KEPT_BYTES - skipped.first.length
  if (room > 0) skipped.first = Buffer.concat([skipped.first, unmasked(bytes.subarray(0, room), mask, at)])
  const end = Math.max(0, bytes.length - KEPT_BYTES)
  skipped.last = Buffer.concat([skipped.last, unmasked(bytes.subarray(end), mask, at + end)]).subarray(-KEPT_BYTES)
  skipped.bytes += bytes.length
}

/** Begins to skip at the frame with which a message gets over the limit. The fragments before it are dropped. */
function skipFrame(receiver: Skipping): void {
  const { _fragments: fragments, _totalPayloadLength: total, _payloadLength: length, _maxPayload: limit } = receiver
  const before = Buffer.concat(fragments)
  receiver.skipped ??= {
    bytes: total,
    frameAt: 0,
    first: Buffer.from(before.subarray(0, KEPT_BYTES)),
    last: Buffer.from(before.subarray(-KEPT_BYTES)),
    limit,
  }
  receiver.skipped.frameAt = receiver.skipped.bytes
  receiver._fragments = []
  receiver._messageLength = 0
  // `ws` adds the length of the frame, and compares the sum with the limit: a skipped frame must add nothing.
  receiver._totalPayloadLength = receiver.skipped.bytes + length <= ENDURED * limit ? -length : limit
}

function skippingMethods(base: Receiver): Partial<Skipping> {
  return {
    skipped: undefined,
    /** Drops bytes after an error. `ws` would go on in the middle of the wrong frame, and throw, which ends the process. */
    _write(this: Skipping, bytes: Buffer, encoding: unknown, done: () => void) {
      if (this._errored) done()
      else base._write.call(this, bytes, encoding, done)
    },
    haveLength(this: Skipping, done: unknown) {
      const length = this._payloadLength
      const isOver = this._totalPayloadLength + length > this._maxPayload && this._maxPayload > 0
      if (isData(this) && length > 0 && (isOver || this.skipped)) skipFrame(this)
      base.haveLength.call(this, done)
    },
    getData(this: Skipping, done: unknown) {
      if (this.skipped && isData(this)) {
        while (this._payloadLength > 0 && this._bufferedBytes > 0) {
          const bytes = this.consume(Math.min(this._payloadLength, this._buffers[0]?.length ?? 0))
          keep(this.skipped, bytes, this._mask)
          this._payloadLength -= bytes.length
        }
        if (this._payloadLength > 0) {
          this._loop = false
          return
        }
      }
      // An empty piece is left of a skipped frame, so that `ws` emits the message in its turn.
      base.getData.call(this, done)
    },
    /** Replaces the close codes 1008 and 1009 by 1013. Clients do not reconnect after those, and would lose every subscription for good. */
    createError(this: Skipping, kind: unknown, message: string, prefix: boolean, status: number, code: string) {
      const told = status === 1008 || status === 1009 ? 1013 : status
      return base.createError.call(this, kind, message, prefix, told, code)
    },
  }
}

/** The prototype of all receivers that skip. Made for the first one. */
let skipping: object | undefined

function receiverOf(socket: WebSocket): Skipping | undefined {
  return (socket as unknown as { readonly _receiver?: Skipping })._receiver
}

/**
 * Lets a socket survive messages that are over the limit of its server. Their content is dropped as it comes, and they arrive as empty
 * messages, for which `takeSkipped` returns more. A message that is more than 64 times as long as the limit ends the socket with 1013.
 */
export function surviveOversized(socket: WebSocket): void {
  const receiver = receiverOf(socket)
  if (!receiver) return
  const base = Object.getPrototypeOf(receiver) as Receiver
  skipping ??= Object.assign(Object.create(base) as object, skippingMethods(base))
  Object.setPrototypeOf(receiver, skipping)
}

/** Changes the limit for messages of a socket, in bytes. Does nothing for a socket without `surviveOversized`. */
export function limitMessages(socket: WebSocket, maxBytes: number): void {
  const receiver = receiverOf(socket)
  if (receiver && 'skipped' in receiver) receiver._maxPayload = maxBytes
}

/** The message that has just arrived, if it was skipped; undefined if not. The second call for a message returns undefined. */
export function takeSkipped(socket: WebSocket): SkippedMessage | undefined {
  const receiver = receiverOf(socket)
  const skipped = receiver?.skipped
  if (receiver && skipped) receiver.skipped = undefined
  return skipped
}

/** Whether `ws` still queues messages, which a frame written past it must not overtake. If not, the connection has them all. */
export function hasQueue(ws: WebSocket, connection: Duplex): boolean {
  return ws.bufferedAmount !== connection.writableLength
}

interface Counting {
  readonly _handle?: { readonly bytesWritten?: unknown; readonly writeQueueSize?: unknown } | null
}

/**
 * How many bytes the network has taken so far, including parts of a write. Undefined when that cannot be seen, as on a closed connection.
 */
export function countParts(tcp: Socket): number | undefined {
  const { bytesWritten, writeQueueSize } = (tcp as unknown as Counting)._handle ?? {}
  const isSeen = typeof bytesWritten === 'number' && typeof writeQueueSize === 'number'
  return isSeen ? bytesWritten - writeQueueSize : undefined
}
