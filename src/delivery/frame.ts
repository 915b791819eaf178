/** A text frame (RFC 6455, section 5.2) of a `next` message with a gap where each subscriber's operation id goes. */
export interface FrameTemplate {
  readonly bytes: Buffer
  /** Where the id begins. */
  readonly idAt: number
}

/** A `next` message for many: the payload is written once, and a template made once per length of an id. */
export interface SharedMessage {
  /** About how many bytes it takes. */
  readonly size: number
  /** The whole message as text, for a socket that takes no bytes. */
  text(id: string): string
  template(idLength: number): FrameTemplate
}

const FIN_TEXT = 0x81
const HEAD = '{"id":'
const MIDDLE = ',"type":"next","payload":'
const TAIL = '}'
const MAX_LENGTH_IN_7_BITS = 125
const MAX_LENGTH_IN_16_BITS = 0xffff

/** The head of an unmasked, unfragmented text frame. */
const frameHead = (length: number): Buffer => {
  if (length <= MAX_LENGTH_IN_7_BITS) return Buffer.from([FIN_TEXT, length])
  if (length <= MAX_LENGTH_IN_16_BITS) return Buffer.from([FIN_TEXT, 126, length >> 8, length & 0xff])
  const head = Buffer.alloc(10)
  head.writeUInt8(FIN_TEXT, 0)
  head.writeUInt8(127, 1)
  head.writeBigUInt64BE(BigInt(length), 2)
  return head
}

const createTemplate = (payload: Buffer, idLength: number): FrameTemplate => {
  const length = HEAD.length + idLength + MIDDLE.length + payload.length + TAIL.length
  const head = frameHead(length)
  const idAt = head.length + HEAD.length
  const bytes = Buffer.allocUnsafe(head.length + length)
  head.copy(bytes)
  bytes.write(HEAD, head.length, 'latin1')
  bytes.write(MIDDLE, idAt + idLength, 'latin1')
  payload.copy(bytes, idAt + idLength + MIDDLE.length)
  bytes.write(TAIL, bytes.length - TAIL.length, 'latin1')
  return { bytes, idAt }
}

/** Makes a message of a result that is JSON already. Ids are JSON strings, quotes included. */
export const shareMessage = (payload: string): SharedMessage => {
  const templates = new Map<number, FrameTemplate>()
  let bytes: Buffer | undefined
  return {
    size: payload.length,
    text: (id) => `${HEAD}${id}${MIDDLE}${payload}${TAIL}`,
    template: (idLength) => {
      const known = templates.get(idLength)
      if (known) return known
      bytes ??= Buffer.from(payload)
      const template = createTemplate(bytes, idLength)
      templates.set(idLength, template)
      return template
    },
  }
}
