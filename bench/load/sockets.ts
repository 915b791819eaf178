import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { CLOSE, createFrameReader, encodeFrame, type OnFrame, PING, PONG, TEXT } from './frames.ts'

/** A WebSocket client that costs next to nothing per message, so that the server is what is measured. */
export interface RawSocket {
  send(text: string): void
  close(): void
}

export interface RawSocketOptions {
  readonly url: URL
  /** Empty for none. */
  readonly protocol: string
  /** The payload of each text frame is `data` from `start` to `end`; valid only during the call. */
  readonly onText: (data: Buffer, start: number, end: number) => void
  /** The connection is gone; told once, also when this side closed it. */
  readonly onClose: () => void
}

/** All sockets read into this: each chunk is used up before the next read. */
const INBOX = Buffer.allocUnsafe(256 * 1024)
const END_OF_HEAD = '\r\n\r\n'

function upgradeRequest({ url, protocol }: RawSocketOptions): string {
  return [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...(protocol ? [`Sec-WebSocket-Protocol: ${protocol}`] : []),
    '',
    '',
  ].join('\r\n')
}

/** Reads the answer to the upgrade; returns what to do with all that follows, or throws when the server refuses. */
function readAnswer(answer: Buffer): Buffer | undefined {
  const end = answer.indexOf(END_OF_HEAD)
  if (end < 0) return undefined
  const status = answer.toString('latin1', 0, answer.indexOf('\r\n'))
  if (!status.includes(' 101 ')) throw new Error(`The server refused the upgrade: ${status}`)
  return answer.subarray(end + END_OF_HEAD.length)
}

/** Connects and upgrades; rejects when the server refuses. */
export function openRawSocket(options: RawSocketOptions): Promise<RawSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<RawSocket>()
  let answer = Buffer.alloc(0)
  let isOpen = false

  const onFrame: OnFrame = (opcode, data, start, end) => {
    if (opcode === TEXT) options.onText(data, start, end)
    else if (opcode === PING) socket.write(encodeFrame(PONG, data.subarray(start, end)))
    else if (opcode === CLOSE) socket.destroy()
  }
  const read = createFrameReader(onFrame)

  const open = (chunk: Buffer): void => {
    answer = Buffer.concat([answer, chunk])
    const rest = readAnswer(answer)
    if (!rest) return
    isOpen = true
    resolve({ send: (text) => socket.write(encodeFrame(TEXT, Buffer.from(text))), close: () => socket.destroy() })
    read(rest)
  }

  const callback = (size: number): boolean => {
    const chunk = INBOX.subarray(0, size)
    try {
      if (isOpen) read(chunk)
      else open(chunk)
    } catch (error) {
      reject(error)
      socket.destroy()
    }
    return true
  }

  const { hostname: host, port } = options.url
  const socket: Socket = connect({ host, port: Number(port), noDelay: true, onread: { buffer: INBOX, callback } })
  socket.on('error', reject)
  socket.once('close', () => {
    reject(new Error('The server closed the connection'))
    options.onClose()
  })
  socket.once('connect', () => socket.write(upgradeRequest(options)))
  return promise
}
