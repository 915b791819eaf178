/** A text as its UTF-8 bytes, with one byte in each character (`latin1`). `length` is how many bytes they are. */
function toBytes(text: string, length: number): string {
  return length === text.length ? text : Buffer.from(text).toString('latin1')
}

/** An operation id, prepared for messages. */
export interface OperationId {
  /** The id as JSON text, with quotes. */
  readonly text: string
  /** The UTF-8 bytes of `text`, with one byte in each character (`latin1`). */
  readonly bytes: string
  /** How many bytes they are. */
  readonly length: number
}

/** Prepares the id of an operation, once for all of its messages. */
export function operationId(id: string): OperationId {
  const text = JSON.stringify(id)
  const length = Buffer.byteLength(text)
  return { text, bytes: toBytes(text, length), length }
}

/** A message for many subscribers, mostly `next`. Its payload is written once, and only the operation id differs between subscribers. */
export interface Message {
  /** About how many bytes it takes. */
  readonly size: number
  /** The payload as JSON. */
  readonly payload: string
  /** The cursor after a result of a log; undefined for other results. */
  readonly cursor: string | undefined
  /** The whole message as text, for a socket that sends through `ws`. */
  text(id: OperationId): string
  /** The bytes of its WebSocket frame, with one byte in each character (`latin1`). Without `rest`, if there is one. */
  frame(id: OperationId): string
  /** The larger part of a large message, which follows `frame`. The bytes are the same for all sockets. */
  readonly rest: Buffer | undefined
}

const FIN = 0x80
const CONTINUATION = 0x0
const TEXT = 0x1
const HEAD = '{"id":'
const MIDDLE = ',"type":"next","payload":'
const TAIL = '}'
const MAX_LENGTH_IN_7_BITS = 125
const MAX_LENGTH_IN_16_BITS = 0xffff
/** A payload of at least this size is sent as a second fragment, so that it is not copied for each socket. */
const LARGE_BYTES = 16 * 1024

/** The head of an unmasked frame (RFC 6455, section 5.2), with one byte in each character. `first` is its first byte. */
function frameHead(first: number, length: number): string {
  if (length <= MAX_LENGTH_IN_7_BITS) return String.fromCharCode(first, length)
  if (length <= MAX_LENGTH_IN_16_BITS) return String.fromCharCode(first, 126, length >> 8, length & 0xff)
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(length))
  return String.fromCharCode(first, 127, ...bytes)
}

function textOf(payload: string) {
  return (id: OperationId) => `${HEAD}${id.text}${MIDDLE}${payload}${TAIL}`
}

/** A message as one text frame. The parts before and after the id are kept for the next id of the same length. */
function shareWhole(payload: string, bytes: number, cursor: string | undefined): Message {
  const fixed = HEAD.length + MIDDLE.length + bytes + TAIL.length
  const end = `${MIDDLE}${toBytes(payload, bytes)}${TAIL}`
  let start = ''
  let idLength = -1

  return {
    size: bytes,
    payload,
    cursor,
    rest: undefined,
    text: textOf(payload),
    frame: ({ length, bytes: id }) => {
      if (length !== idLength) {
        start = frameHead(FIN | TEXT, fixed + length) + HEAD
        idLength = length
      }
      return start + id + end
    },
  }
}

/** A message as two fragments (RFC 6455, section 5.4): the first one with the operation id, the second one with the payload. */
function shareParts(payload: string, bytes: number, cursor: string | undefined): Message {
  const rest = Buffer.from(
    `${frameHead(FIN | CONTINUATION, bytes + TAIL.length)}${toBytes(payload, bytes)}${TAIL}`,
    'latin1',
  )
  return {
    size: bytes,
    payload,
    cursor,
    rest,
    text: textOf(payload),
    frame: ({ length, bytes: id }) => `${frameHead(TEXT, HEAD.length + length + MIDDLE.length)}${HEAD}${id}${MIDDLE}`,
  }
}

/** A message with this text in one frame, which has no operation id: `frame` and `text` ignore theirs. */
export function frameText(text: string): Message {
  const length = Buffer.byteLength(text)
  const frame = frameHead(FIN | TEXT, length) + toBytes(text, length)
  return { size: frame.length, payload: text, cursor: undefined, rest: undefined, text: () => text, frame: () => frame }
}

/** Whether a message is large, and so is sent in two parts and may have taken long to make. */
export function isInParts({ rest }: Message): boolean {
  return rest !== undefined
}

/** A `next` message with a result that is JSON already. `cursor` is the cursor after a result of a log. */
export function shareMessage(payload: string, cursor?: string): Message {
  const bytes = Buffer.byteLength(payload)
  return bytes < LARGE_BYTES ? shareWhole(payload, bytes, cursor) : shareParts(payload, bytes, cursor)
}
