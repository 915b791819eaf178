import type { Socket as TcpSocket } from 'node:net'
import type { WebSocket } from 'ws'
import { createOutbox, type Outbox } from '../delivery/outbox.ts'
import type { Log } from '../lib/log.ts'
import { CLOSINGS, type Closing, fitReason } from './close-codes.ts'
import { watchForStall } from './stall.ts'

/** A WebSocket as the rest of the server sees it: nothing that it does throws, and what it sends is bounded. */
export interface Socket {
  /** For what is sent to many; `send` writes it out first, so that messages keep their order. */
  readonly outbox: Outbox
  readonly protocol: string
  /** Resolves when it was written to the network, or when there is no client any more. */
  send(data: string): Promise<void>
  /** Closes with a code; only the first one counts. */
  close(closing: Pick<Closing, 'code' | 'reason'>): void
  terminate(): void
  /** Pings now and then, terminates a peer that has been silent since the last ping, and gives up one that does not read. */
  beat(now: number): void
  /** How many pings the peer has answered. */
  heartbeats(): number
  /** Calls `listener` with each text message while the socket is open. A failure of it, or bytes, close the socket. */
  onMessage(listener: (data: string) => Promise<void>): void
  /** Calls `listener` once. */
  onClose(listener: (code: number, reason: string) => void): void
}

/** More than this waiting to be written means that the client does not read. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024
const MIN_PING_MS = 12_000
const MAX_PING_MS = 25_000

const nextPing = (now: number): number => now + MIN_PING_MS + Math.random() * (MAX_PING_MS - MIN_PING_MS)

const createHeartbeat = (ws: WebSocket, tcp: TcpSocket, now: number): ((now: number) => void) => {
  let pingAt = nextPing(now)
  let bytesAtPing = -1
  return (time) => {
    if (time < pingAt || ws.readyState !== ws.OPEN) return
    // Any byte is a sign of life, not only a pong: one can wait behind a large message.
    if (tcp.bytesRead === bytesAtPing) return ws.terminate()
    bytesAtPing = tcp.bytesRead
    pingAt = nextPing(time)
    ws.ping()
  }
}

/** Wraps a WebSocket that was just opened. */
export const createSocket = (ws: WebSocket, tcp: TcpSocket, now: number, log: Log): Socket => {
  const close = ({ code, reason }: Pick<Closing, 'code' | 'reason'>): void => {
    if (ws.readyState !== ws.OPEN) return
    log.debug({ code, reason }, 'closing a socket')
    ws.close(code, fitReason(reason))
  }

  // ws has begun to close it by then; without a listener the process would end.
  ws.on('error', (err) => log.debug({ err }, 'socket failed'))

  const outbox = createOutbox(ws)
  const heartbeat = createHeartbeat(ws, tcp, now)
  const isStalled = watchForStall(tcp)
  let heartbeats = 0
  ws.on('pong', () => {
    heartbeats += 1
  })

  const send = (data: string): Promise<void> =>
    new Promise((resolve) => {
      outbox.flush()
      if (ws.readyState !== ws.OPEN) return resolve()
      if (ws.bufferedAmount > MAX_BUFFERED_BYTES) {
        close(CLOSINGS.tooSlow)
        return resolve()
      }
      // A failed write is followed by the end of the socket, which ends whatever was sending.
      ws.send(data, () => resolve())
    })

  return {
    protocol: ws.protocol,
    outbox,
    send,
    close,
    terminate: () => ws.terminate(),
    beat: (time) => {
      if (isStalled(time)) close(CLOSINGS.tooSlow)
      heartbeat(time)
    },
    heartbeats: () => heartbeats,
    onMessage: (listener) => {
      ws.on('message', (data, isBinary) => {
        if (ws.readyState !== ws.OPEN) return
        // Only of text has ws made sure that it is UTF-8; anything else would be read with replacement characters.
        if (isBinary) return close(CLOSINGS.badMessage)
        listener(String(data)).catch((err: unknown) => {
          log.warn({ err }, 'a message could not be handled')
          close(CLOSINGS.badMessage)
        })
      })
    },
    onClose: (listener) => {
      ws.once('close', (code, reason) => listener(code, String(reason)))
    },
  }
}
