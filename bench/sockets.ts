import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'

/** A WebSocket client that costs next to nothing per message, so that the server is what is measured (RFC 6455). */
export interface RawSocket {
  send(text: string): void
  close(): void
}

export interface RawSocketOptions {
  readonly url: URL
  readonly protocol: string
  /** The payload of each text frame; valid only during the call. */
  readonly onText: (payload: Buffer) => void
  readonly onClose: () => void
}

const MASK = Buffer.alloc(4)
const TEXT = 0x1
const PING = 0x9
const PONG = 0xa

/** A masked frame; a mask of zeros is legal and leaves the payload as it is. */
const frame = (opcode: number, payload: Buffer): Buffer => {
  const { length } = payload
  const head =
    length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | length])
      : Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 0xff])
  return Buffer.concat([head, MASK, payload])
}

/** Reads whole frames off `data`; returns what is left of the last one. Servers here never fragment. */
const readFrames = (data: Buffer, onFrame: (opcode: number, payload: Buffer) => void): Buffer => {
  let start = 0
  while (data.length - start >= 2) {
    const short = data.readUInt8(start + 1) & 0x7f
    const headLength = short < 126 ? 2 : short === 126 ? 4 : 10
    if (data.length - start < headLength) break
    const length =
      short < 126 ? short : short === 126 ? data.readUInt16BE(start + 2) : Number(data.readBigUInt64BE(start + 2))
    const end = start + headLength + length
    if (data.length < end) break
    onFrame(data.readUInt8(start) & 0x0f, data.subarray(start + headLength, end))
    start = end
  }
  return start === 0 ? data : data.subarray(start)
}

const upgradeRequest = ({ url, protocol }: RawSocketOptions): string =>
  [
    `GET ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    '',
    '',
  ].join('\r\n')

const listen = (socket: Socket, rest: Buffer, { onText }: RawSocketOptions): void => {
  let left = rest
  const onFrame = (opcode: number, payload: Buffer): void => {
    if (opcode === TEXT) onText(payload)
    else if (opcode === PING) socket.write(frame(PONG, payload))
  }
  left = readFrames(left, onFrame)
  socket.on('data', (chunk: Buffer) => {
    left = readFrames(left.length > 0 ? Buffer.concat([left, chunk]) : chunk, onFrame)
  })
}

/** Connects and upgrades; rejects when the server refuses. */
export const openRawSocket = (options: RawSocketOptions): Promise<RawSocket> =>
  new Promise((resolve, reject) => {
    const socket = connect(Number(options.url.port), options.url.hostname)
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.on('error', () => {})
    socket.once('close', options.onClose)
    socket.once('connect', () => socket.write(upgradeRequest(options)))
    let answer = Buffer.alloc(0)
    const onAnswer = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk])
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0) return
      socket.off('data', onAnswer)
      const status = answer.toString('latin1', 0, answer.indexOf('\r\n'))
      if (!status.includes(' 101 ')) {
        reject(new Error(`The server refused the upgrade: ${status}`))
        socket.destroy()
        return
      }
      listen(socket, answer.subarray(end + 4), options)
      resolve({
        send: (text) => socket.write(frame(TEXT, Buffer.from(text))),
        close: () => socket.destroy(),
      })
    }
    socket.on('data', onAnswer)
  })
