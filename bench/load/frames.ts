/** A frame of the WebSocket protocol (RFC 6455): its payload is `data` from `start` to `end`, valid only during the call. */
export type OnFrame = (opcode: number, data: Buffer, start: number, end: number) => void

export const TEXT = 0x1
export const CLOSE = 0x8
export const PING = 0x9
export const PONG = 0xa

const NOTHING = Buffer.alloc(0)
const MASK = Buffer.alloc(4)

/** A masked frame of a client; a mask of zeros is legal and leaves the payload as it is. At most 64 KiB. */
export function encodeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
  return Buffer.concat([head, MASK, payload])
}

/** Takes what a socket reads, in pieces of any size, and tells each whole frame. Servers here never fragment. */
export function createFrameReader(onFrame: OnFrame): (chunk: Buffer) => void {
  let rest = NOTHING

  return (chunk) => {
    const data = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const { length } = data
    let start = 0
    while (length - start >= 2) {
      const short = (data[start + 1] ?? 0) & 0x7f
      const payloadAt = start + (short < 126 ? 2 : short === 126 ? 4 : 10)
      if (length < payloadAt) break
      const size =
        short < 126 ? short : short === 126 ? data.readUInt16BE(start + 2) : Number(data.readBigUInt64BE(start + 2))
      const end = payloadAt + size
      if (length < end) break
      onFrame((data[start] ?? 0) & 0x0f, data, payloadAt, end)
      start = end
    }
    // The chunk is overwritten by the next read of any socket.
    rest = start === length ? NOTHING : Buffer.from(data.subarray(start))
  }
}
