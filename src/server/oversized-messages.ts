import type { WebSocket } from 'ws'
import * as ws from 'ws'
import type { Log } from '../lib/log.ts'

/** A message that was over the limit: what is left of it. */
export interface OversizedMessage {
  /** The id of the operation that it wanted to begin; undefined when it shows none. */
  readonly id: string | undefined
}

/** Where clients write the id: before everything else, or behind everything else. */
const KEPT_BYTES = 1_024
/** A message that is so many times over the limit is no mistake any more, and ends the socket. */
const ENDURED = 64
const TEXT = String.raw`"((?:[^"\\]|\\.)*)"`
const FIRST = new RegExp(String.raw`^\s*\{\s*(?:"type"\s*:\s*${TEXT}\s*,\s*)?"id"\s*:\s*${TEXT}`)
const LAST = new RegExp(String.raw`,\s*"id"\s*:\s*${TEXT}\s*(?:,\s*"type"\s*:\s*${TEXT}\s*)?\}\s*$`)

/** The private parts of the receiver of `ws`, which are used nowhere else. */
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

interface Writable extends Receiver {
  on(event: 'message', listener: (data: Buffer) => void): void
  write(bytes: Buffer): boolean
}

type ReceiverClass = new (options: object) => Writable

/** What is known of a message of which nothing else is kept. */
interface Skipped {
  bytes: number
  /** Where the frame that is read now began, in bytes of the message. */
  frameAt: number
  first: Buffer
  last: Buffer
}

type Skipping = Receiver & { skipped?: Skipped | undefined }

const { Receiver: Base } = ws as unknown as { readonly Receiver: ReceiverClass | undefined }

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
  const { _fragments: fragments, _totalPayloadLength: total, _payloadLength: length } = receiver
  const before = Buffer.concat(fragments)
  receiver.skipped ??= {
    bytes: total,
    frameAt: 0,
    first: Buffer.from(before.subarray(0, KEPT_BYTES)),
    last: Buffer.from(before.subarray(-KEPT_BYTES)),
  }
  receiver.skipped.frameAt = receiver.skipped.bytes
  receiver._fragments = []
  receiver._messageLength = 0
  // What is skipped takes no room; `ws` adds the length and compares.
  const isEndured = receiver.skipped.bytes + length <= ENDURED * receiver._maxPayload
  receiver._totalPayloadLength = isEndured ? -length : receiver._maxPayload
}

function methods(base: Receiver): Partial<Receiver> {
  return {
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
      return base.createError.call(
        this,
        kind,
        message,
        prefix,
        status === 1008 || status === 1009 ? 1013 : status,
        code,
      )
    },
  }
}

const prototype = Base && Object.assign(Object.create(Base.prototype) as object, methods(Base.prototype as Receiver))

/** `message` as one frame of a client. */
function frameOf(message: string): Buffer {
  const head = Buffer.from([0x81, 0xfe, 0, 0, 1, 2, 3, 4])
  head.writeUInt16BE(message.length, 2)
  return Buffer.concat([head, unmasked(Buffer.from(message), head.subarray(4), 0)])
}

function idIn({ first, last }: Readonly<Record<'first' | 'last', string | Buffer>>): string | undefined {
  const [, , early] = FIRST.exec(first.toString()) ?? []
  const [, late] = LAST.exec(last.toString()) ?? []
  const text = early ?? late
  if (text === undefined) return undefined
  try {
    return JSON.parse(`"${text}"`) as string
  } catch {
    return undefined
  }
}

/** The id that a message shows to whoever does not read all of it; undefined when it shows none. */
export function shownId(text: string): string | undefined {
  return idIn({ first: text.slice(0, KEPT_BYTES), last: text.slice(-KEPT_BYTES) })
}

function receiverOf(socket: WebSocket): Skipping {
  return (socket as unknown as { readonly _receiver: Skipping })._receiver
}

/** Whether `ws` is as it is expected here: an oversized message in two pieces becomes one without content, and the next is read. */
function works(): boolean {
  if (!Base || !prototype) return false
  const seen: string[] = []
  const receiver = new Base({ isServer: true, maxPayload: 300, allowSynchronousEvents: true })
  Object.setPrototypeOf(receiver, prototype)
  const told = receiver as Skipping
  receiver.on('message', (data) => {
    const { skipped } = told
    told.skipped = undefined
    seen.push(skipped ? `${idIn(skipped)}` : String(data))
  })
  const large = frameOf(`{"id":"a"${' '.repeat(400)}}`)
  const small = frameOf(' '.repeat(200))
  for (const bytes of [large.subarray(0, 100), large.subarray(100), small]) receiver.write(bytes)
  return seen.join() === `a,${' '.repeat(200)}`
}

const canSkip = ((): boolean => {
  try {
    return works()
  } catch {
    return false
  }
})()

/** Says so when oversized messages end their sockets, because this version of `ws` is not as expected. */
export function warnOfStrictness(log: Log): void {
  if (!canSkip) log.error('ws is not as expected: a message over MAX_REQUEST_BYTES ends its socket for good')
}

/**
 * Lets a socket survive messages that are over the limit of its server: their content is dropped as it comes, and they arrive as
 * messages without content, of which `takeOversized` tells more. One that is 64 times over it ends the socket with 1013.
 */
export function surviveOversized(socket: WebSocket): void {
  if (canSkip && prototype) Object.setPrototypeOf(receiverOf(socket), prototype)
}

/** How large the messages of a socket may be, in bytes. */
export function messageLimit(socket: WebSocket): number {
  return receiverOf(socket)._maxPayload
}

/** Changes how large the messages of a socket may be from now on, in bytes, where `ws` is as expected. */
export function limitMessages(socket: WebSocket, maxBytes: number): void {
  if (canSkip) receiverOf(socket)._maxPayload = maxBytes
}

/** What is known of the message that has just arrived, if it was over the limit. */
export function takeOversized(socket: WebSocket): OversizedMessage | undefined {
  const receiver = receiverOf(socket)
  const { skipped } = receiver
  if (!skipped) return undefined
  receiver.skipped = undefined
  return { id: idIn(skipped) }
}
