/** A frame of a WebSocket as it came (RFC 6455, section 5.2). */
export interface Frame {
  readonly fin: boolean
  readonly opcode: number
  readonly payload: Buffer
}

/** What a server sent that RFC 6455 forbids. */
export class FrameViolation extends Error {}

function violation(what: string): never {
  throw new FrameViolation(what)
}

export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const

function isKnown(opcode: number): boolean {
  return Object.values<number>(OPCODES).includes(opcode)
}

function isControl(opcode: number): boolean {
  return opcode >= OPCODES.close
}

/** Where the payload of the frame at the start of `bytes` begins and ends; undefined when its head is not whole. */
function measure(bytes: Buffer): { readonly start: number; readonly end: number } | undefined {
  if (bytes.length < 2) return undefined
  const short = bytes.readUInt8(1) & 0x7f
  const start = short === 126 ? 4 : short === 127 ? 10 : 2
  if (bytes.length < start) return undefined
  if (start === 2) return { start, end: start + short }
  const length = start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  if (length <= (start === 4 ? 125 : 0xffff)) violation(`the length ${length} is not in the shortest form`)
  return { start, end: start + length }
}

function checkHead(first: number, second: number): void {
  const opcode = first & 0x0f
  if (first & 0x70) violation('reserved bits are set')
  if (!isKnown(opcode)) violation(`the opcode ${opcode} is reserved`)
  if (second & 0x80) violation('a server does not mask')
  if (!isControl(opcode)) return
  if (!(first & 0x80)) violation('a control frame is fragmented')
  if ((second & 0x7f) > 125) violation('a control frame is longer than 125 bytes')
}

function checkClose(payload: Buffer): void {
  if (payload.length === 0) return
  if (payload.length === 1) violation('a close frame has half a code')
  const code = payload.readUInt16BE(0)
  const isAllowed =
    (code >= 3_000 && code < 5_000) || (code >= 1_000 && code <= 1_014 && ![1_004, 1_005, 1_006].includes(code))
  if (!isAllowed) violation(`the close code ${code} is not to be sent`)
  toText(payload.subarray(2))
}

function toText(payload: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch {
    return violation('text is not UTF-8')
  }
}

/** Checks that data frames make whole text messages, and hands these over. */
function createAssembly(onMessage: (text: string, fragments: number) => void) {
  let parts: Buffer[] | undefined
  return ({ fin, opcode, payload }: Frame): void => {
    if (opcode === OPCODES.binary) violation('messages are text')
    if (opcode === OPCODES.continuation && !parts) violation('a continuation of nothing')
    if (opcode === OPCODES.text && parts) violation('a message begins within another one')
    parts = [...(parts ?? []), payload]
    if (!fin) return
    const message = parts
    parts = undefined
    onMessage(toText(Buffer.concat(message)), message.length)
  }
}

export interface FrameEvents {
  readonly onFrame?: (frame: Frame) => void
  readonly onMessage: (text: string, fragments: number) => void
}

/**
 * Reads what a server sends, in pieces of any size, and throws a FrameViolation at the first thing that RFC 6455 forbids: reserved
 * bits and opcodes, masks, lengths that are not in their shortest form, long or fragmented control frames, messages within
 * messages, text that is not UTF-8, and anything behind a close frame.
 */
export function createFrameReader({ onFrame, onMessage }: FrameEvents): (chunk: Buffer) => void {
  const assemble = createAssembly(onMessage)
  let rest: Buffer = Buffer.alloc(0)
  let isClosed = false

  const take = (): Frame | undefined => {
    if (rest.length >= 2) checkHead(rest.readUInt8(0), rest.readUInt8(1))
    const place = measure(rest)
    if (!place || rest.length < place.end) return undefined
    const first = rest.readUInt8(0)
    const payload = rest.subarray(place.start, place.end)
    rest = rest.subarray(place.end)
    return { fin: (first & 0x80) !== 0, opcode: first & 0x0f, payload }
  }

  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      if (isClosed && rest.length > 0) violation('something follows the close frame')
      const frame = take()
      if (!frame) return
      onFrame?.(frame)
      if (!isControl(frame.opcode)) assemble(frame)
      if (frame.opcode !== OPCODES.close) continue
      checkClose(frame.payload)
      isClosed = true
    }
  }
}
