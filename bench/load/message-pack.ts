/** What can be packed here; numbers are whole and below 2^31. */
export type Packable = string | number | boolean | null | readonly Packable[] | { readonly [key: string]: Packable }

function sized(fix: number, fixMax: number, wide: number, size: number): Buffer {
  return size <= fixMax ? Buffer.from([fix | size]) : Buffer.from([wide, size >> 8, size & 0xff])
}

function integer(value: number): Buffer {
  const bytes = Buffer.from([0xd2, 0, 0, 0, 0])
  bytes.writeInt32BE(value, 1)
  return bytes
}

/** MessagePack, as much of it as the messages between Socket.IO's servers need. */
export function pack(value: Packable): Buffer {
  if (value === null) return Buffer.from([0xc0])
  if (typeof value === 'boolean') return Buffer.from([value ? 0xc3 : 0xc2])
  if (typeof value === 'number') return integer(value)
  if (typeof value === 'string') {
    const text = Buffer.from(value)
    return Buffer.concat([sized(0xa0, 31, 0xda, text.length), text])
  }
  if (Array.isArray(value)) return Buffer.concat([sized(0x90, 15, 0xdc, value.length), ...value.map(pack)])
  const entries = Object.entries(value)
  return Buffer.concat([sized(0x80, 15, 0xde, entries.length), ...entries.flatMap((entry) => entry.map(pack))])
}
