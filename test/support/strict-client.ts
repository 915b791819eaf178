import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { createFrameReader, type Frame, OPCODES } from './frame-reader.ts'

/** A WebSocket client of its own on a bare TCP socket, which takes nothing that RFC 6455 forbids and can stop reading. */
export interface StrictClient {
  readonly tcp: Socket
  /** Every frame that came, in order. */
  readonly frames: readonly Frame[]
  /** The next text message; rejects with what was wrong, or when the connection has ended. */
  next(): Promise<string>
  send(text: string): void
  ping(payload?: Buffer): void
  /** Resolves with the code of the server's close frame, which is answered; with 1006 when there was none. */
  readonly closed: Promise<number>
}

/** A frame of a client, which must be masked. */
function toFrame(opcode: number, payload: Buffer): Buffer {
  const mask = randomBytes(4)
  const { length } = payload
  const head = Buffer.from(
    length <= 125 ? [0x80 | opcode, 0x80 | length] : [0x80 | opcode, 0xfe, length >> 8, length & 0xff],
  )
  return Buffer.concat([head, mask, payload.map((byte, index) => byte ^ mask[index % 4]!)])
}

/** Resolves with what came behind the answer to the handshake; rejects when it is no 101. */
function shakeHands(tcp: Socket, { host, pathname }: URL, protocol: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let answer = Buffer.alloc(0)
    const take = (chunk: Buffer): void => {
      answer = Buffer.concat([answer, chunk])
      const end = answer.indexOf('\r\n\r\n')
      if (end < 0) return
      tcp.off('data', take)
      if (answer.toString('latin1').startsWith('HTTP/1.1 101 ')) resolve(answer.subarray(end + 4))
      else reject(new Error(answer.toString('latin1', 0, end)))
    }
    tcp.on('data', take).once('error', reject)
    const headers = [
      `Host: ${host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
      `Sec-WebSocket-Protocol: ${protocol}`,
    ]
    tcp.write(`GET ${pathname} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`)
  })
}

/** Messages that wait for whoever takes them, until something ends it. */
function createInbox() {
  const messages: string[] = []
  const waiting: PromiseWithResolvers<string>[] = []
  let end: { readonly error: Error } | undefined
  return {
    put: (text: string): void => {
      const turn = waiting.shift()
      if (turn) turn.resolve(text)
      else messages.push(text)
    },
    end: (error: Error): void => {
      end ??= { error }
      for (const { reject } of waiting.splice(0)) reject(end.error)
    },
    next: (): Promise<string> => {
      const ready = messages.shift()
      if (ready !== undefined) return Promise.resolve(ready)
      if (end) return Promise.reject(end.error)
      const turn = Promise.withResolvers<string>()
      waiting.push(turn)
      return turn.promise
    },
  }
}

/** Connects; is gone when the test is over. */
export async function openStrictClient(url: string, protocol = 'graphql-transport-ws'): Promise<StrictClient> {
  const address = new URL(url)
  const tcp = connect(Number(address.port), address.hostname)
  onTestFinished(() => void tcp.destroy())
  const inbox = createInbox()
  const frames: Frame[] = []
  const closed = Promise.withResolvers<number>()
  const write = (opcode: number, payload: Buffer): void => {
    if (tcp.writable) tcp.write(toFrame(opcode, payload))
  }

  const onFrame = (frame: Frame): void => {
    frames.push(frame)
    if (frame.opcode === OPCODES.ping) write(OPCODES.pong, frame.payload)
    if (frame.opcode !== OPCODES.close) return
    closed.resolve(frame.payload.length === 0 ? 1005 : frame.payload.readUInt16BE(0))
    write(OPCODES.close, frame.payload)
  }
  const read = createFrameReader({ onFrame, onMessage: inbox.put })
  const take = (chunk: Buffer): void => {
    try {
      read(chunk)
    } catch (error) {
      inbox.end(error as Error)
      tcp.destroy()
    }
  }
  const behind = await shakeHands(tcp, address, protocol)
  tcp.on('data', take)
  tcp.on('error', () => {})
  tcp.on('close', () => {
    inbox.end(new Error('The connection has ended'))
    closed.resolve(1006)
  })
  take(behind)

  return {
    tcp,
    frames,
    next: inbox.next,
    send: (text) => write(OPCODES.text, Buffer.from(text)),
    ping: (payload = Buffer.alloc(0)) => write(OPCODES.ping, payload),
    closed: closed.promise,
  }
}
