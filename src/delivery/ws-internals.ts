import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { WebSocket } from 'ws'

/** What Herald does with `ws` and Node that neither of them promises. `tryInternals` finds out what of it works. */
export interface Internals {
  /** Frames are written to the connection beside `ws`; else `ws` sends each message. */
  readonly canWritePast: boolean
  /** Messages over the limit are skipped; else they end their socket. */
  readonly canSkip: boolean
  /** It counts what the network has taken of a large write; else a write counts when it is whole. */
  readonly canCountParts: boolean
}

/** What is known of a message of which nothing else is kept. */
export interface SkippedMessage {
  readonly first: Buffer
  readonly last: Buffer
  /** What it was over, in bytes. */
  readonly limit: number
}

/** The part of a WebSocket that reads, as far as it is used here. */
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

interface Skipped {
  bytes: number
  /** Where the frame that is read now began, in bytes of the message. */
  frameAt: number
  first: Buffer
  last: Buffer
  readonly limit: number
}

/** A receiver that skips what is over its limit. */
type Skipping = Receiver & { skipped: Skipped | undefined }

/** How much is kept of the beginning of a skipped message, and of its end. */
export const KEPT_BYTES = 1_024
/** A message that is so many times over the limit is no mistake any more, and ends the socket. */
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

/** Begins to skip at the frame with which a message gets over the limit; the fragments before it are let go. */
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
  // What is skipped takes no room; `ws` adds the length and compares.
  receiver._totalPayloadLength = receiver.skipped.bytes + length <= ENDURED * limit ? -length : limit
}

function skippingMethods(base: Receiver): Partial<Skipping> {
  return {
    skipped: undefined,
    /** What came behind a mistake is dropped: `ws` would go on in the middle of the wrong frame, and throw, which ends the process. */
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
      // Of a skipped frame an empty piece is left, so that `ws` tells of the message in its turn.
      base.getData.call(this, done)
    },
    /** 1008 and 1009 are final for clients, which would lose every subscription for good. */
    createError(this: Skipping, kind: unknown, message: string, prefix: boolean, status: number, code: string) {
      const told = status === 1008 || status === 1009 ? 1013 : status
      return base.createError.call(this, kind, message, prefix, told, code)
    },
  }
}

/** What all receivers that skip are made of, once there is one. */
let skipping: object | undefined

function receiverOf(socket: WebSocket): Skipping | undefined {
  return (socket as unknown as { readonly _receiver?: Skipping })._receiver
}

/**
 * Lets a socket survive messages that are over the limit of its server: their content is dropped as it comes, and they arrive as
 * messages without content, of which `takeSkipped` tells more. One that is 64 times over it ends the socket with 1013.
 */
export function surviveOversized(socket: WebSocket): void {
  const receiver = receiverOf(socket)
  if (!receiver) return
  const base = Object.getPrototypeOf(receiver) as Receiver
  skipping ??= Object.assign(Object.create(base) as object, skippingMethods(base))
  Object.setPrototypeOf(receiver, skipping)
}

/** Changes how large the messages of a socket may be from now on, in bytes, where it survives larger ones. */
export function limitMessages(socket: WebSocket, maxBytes: number): void {
  const receiver = receiverOf(socket)
  if (receiver && 'skipped' in receiver) receiver._maxPayload = maxBytes
}

/** What is known of the message that has just arrived, if it was skipped. */
export function takeSkipped(socket: WebSocket): SkippedMessage | undefined {
  const receiver = receiverOf(socket)
  const skipped = receiver?.skipped
  if (receiver && skipped) receiver.skipped = undefined
  return skipped
}

/** Whether `ws` holds something back, which nothing may overtake: else all that it was given is with the connection. */
export function hasQueue(ws: WebSocket, connection: Duplex): boolean {
  return ws.bufferedAmount !== connection.writableLength
}

interface Counting {
  readonly _handle?: { readonly bytesWritten?: unknown; readonly writeQueueSize?: unknown } | null
}

/** How many bytes the network has taken so far, parts of a write among them; undefined when that is not seen, as on a closed connection. */
export function countParts(tcp: Socket): number | undefined {
  const { bytesWritten, writeQueueSize } = (tcp as unknown as Counting)._handle ?? {}
  const isSeen = typeof bytesWritten === 'number' && typeof writeQueueSize === 'number'
  return isSeen ? bytesWritten - writeQueueSize : undefined
}
