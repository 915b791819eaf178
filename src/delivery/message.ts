/** A text as its UTF-8 bytes, one in each character. */
function toBytes(text: string, length: number): string {
  return length === text.length ? text : Buffer.from(text).toString('latin1')
}

/** An operation id as it stands in a message: a JSON string; its bytes, one in each character; and how many they are. */
export interface OperationId {
  readonly text: string
  readonly bytes: string
  readonly length: number
}

/** Prepares an id for many messages. */
export function operationId(id: string): OperationId {
  const text = JSON.stringify(id)
  const length = Buffer.byteLength(text)
  return { text, bytes: toBytes(text, length), length }
}

/** A message for many, mostly `next`: the payload is written once, and each subscriber's operation id put in its place. */
export interface Message {
  /** About how many bytes it takes. */
  readonly size: number
  /** What it says, as JSON. */
  readonly payload: string
  /** Of a result of a log: the cursor behind it. */
  readonly cursor: string | undefined
  /** The whole message as text, for a socket that takes no bytes. */
  text(id: OperationId): string
  /** The bytes of its frame, one in each character (`latin1`), up to `rest`. */
  frame(id: OperationId): string
  /** What follows there, the same bytes for all sockets: the larger part of a large message. */
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
/** From here on a message is sent in two fragments, so that its payload is not copied for each socket. */
const LARGE_BYTES = 16 * 1024

/** The head of an unmasked frame (RFC 6455, section 5.2), a byte in each character. */
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

/** One text frame. What stands before and behind the id is made once for ids of one length. */
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

/** Two fragments (RFC 6455, section 5.4): a head of each socket's own, and the payload for all. */
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

/** One text frame with any message, for whichever operation. */
export function frameText(text: string): Message {
  const length = Buffer.byteLength(text)
  const frame = frameHead(FIN | TEXT, length) + toBytes(text, length)
  return { size: frame.length, payload: text, cursor: undefined, rest: undefined, text: () => text, frame: () => frame }
}

/** Whether a message took long to make, and is sent in parts. */
export function isInParts({ rest }: Message): boolean {
  return rest !== undefined
}

/** Makes a message of a result that is JSON already; `cursor` is that behind a result of a log. */
export function shareMessage(payload: string, cursor?: string): Message {
  const bytes = Buffer.byteLength(payload)
  return bytes < LARGE_BYTES ? shareWhole(payload, bytes, cursor) : shareParts(payload, bytes, cursor)
}
