/** An operation id as it stands in a message: a JSON string, and how many bytes that is. */
export interface OperationId {
  readonly text: string
  readonly length: number
}

/** Prepares an id for many messages. */
export const operationId = (id: string): OperationId => {
  const text = JSON.stringify(id)
  return { text, length: Buffer.byteLength(text) }
}

/** Of messages that belong to no operation. */
export const NO_OPERATION = operationId('')

/** A message for many, mostly `next`: the payload is written once, and each subscriber's operation id put in its place. */
export interface SharedMessage {
  /** About how many bytes it takes. */
  readonly size: number
  /** The whole message as text, for a socket that takes no bytes. */
  text(id: OperationId): string
  /** How many bytes `write` writes. */
  lengthFor(id: OperationId): number
  /** Writes what stands in a buffer of each socket; returns where that ends. */
  write(target: Buffer, at: number, id: OperationId): number
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

const headLength = (length: number): number =>
  length <= MAX_LENGTH_IN_7_BITS ? 2 : length <= MAX_LENGTH_IN_16_BITS ? 4 : 10

/** The head of an unmasked frame (RFC 6455, section 5.2); returns where it ends. */
const writeHead = (target: Buffer, at: number, first: number, length: number): number => {
  target[at] = first
  if (length <= MAX_LENGTH_IN_7_BITS) {
    target[at + 1] = length
    return at + 2
  }
  if (length <= MAX_LENGTH_IN_16_BITS) {
    target[at + 1] = 126
    return target.writeUInt16BE(length, at + 2)
  }
  target[at + 1] = 127
  return target.writeBigUInt64BE(BigInt(length), at + 2)
}

const textOf = (payload: string) => (id: OperationId) => `${HEAD}${id.text}${MIDDLE}${payload}${TAIL}`

/** One text frame. Its bytes are made once for the first id, and copied from there for the others. */
const shareWhole = (payload: string, bytes: number): SharedMessage => {
  const fixed = HEAD.length + MIDDLE.length + bytes + TAIL.length
  let first: Buffer | undefined
  let firstIdLength = -1

  const lengthFor = ({ length }: OperationId): number => headLength(fixed + length) + fixed + length

  const create = (target: Buffer, at: number, id: OperationId): number => {
    let end = writeHead(target, at, FIN | TEXT, fixed + id.length)
    end += target.write(HEAD, end, 'latin1')
    end += target.write(id.text, end)
    end += target.write(MIDDLE, end, 'latin1')
    end += target.write(payload, end)
    return end + target.write(TAIL, end, 'latin1')
  }

  return {
    size: bytes,
    rest: undefined,
    text: textOf(payload),
    lengthFor,
    write: (target, at, id) => {
      const { length } = id
      if (first && firstIdLength === length) {
        first.copy(target, at)
        target.write(id.text, at + headLength(fixed + length) + HEAD.length)
        return at + first.length
      }
      const end = create(target, at, id)
      // A view of what was just written: that buffer is never written again.
      first = target.subarray(at, end)
      firstIdLength = length
      return end
    },
  }
}

/** Two fragments (RFC 6455, section 5.4): a head of each socket's own, and the payload for all. */
const shareParts = (payload: string, bytes: number): SharedMessage => {
  const length = bytes + TAIL.length
  const rest = Buffer.allocUnsafe(headLength(length) + length)
  const at = writeHead(rest, 0, FIN | CONTINUATION, length)
  rest.write(TAIL, at + rest.write(payload, at))
  const lengthOf = (id: OperationId): number => HEAD.length + id.length + MIDDLE.length
  return {
    size: bytes,
    rest,
    text: textOf(payload),
    lengthFor: (id) => headLength(lengthOf(id)) + lengthOf(id),
    write: (target, start, id) => {
      let end = writeHead(target, start, TEXT, lengthOf(id))
      end += target.write(HEAD, end, 'latin1')
      end += target.write(id.text, end)
      return end + target.write(MIDDLE, end, 'latin1')
    },
  }
}

/** One text frame with any message, for whichever operation. */
export const frameText = (text: string): SharedMessage => {
  const length = Buffer.byteLength(text)
  const bytes = Buffer.allocUnsafe(headLength(length) + length)
  bytes.write(text, writeHead(bytes, 0, FIN | TEXT, length))
  return {
    size: bytes.length,
    rest: undefined,
    text: () => text,
    lengthFor: () => bytes.length,
    write: (target, at) => at + bytes.copy(target, at),
  }
}

/** Makes a message of a result that is JSON already. */
export const shareMessage = (payload: string): SharedMessage => {
  const bytes = Buffer.byteLength(payload)
  return bytes < LARGE_BYTES ? shareWhole(payload, bytes) : shareParts(payload, bytes)
}
