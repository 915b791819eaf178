import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addAbortSignal, type Duplex, duplexPair } from 'node:stream'
import { text } from 'node:stream/consumers'
import { type WebSocket, WebSocketServer } from 'ws'
import { newId } from '../lib/ids.ts'
import type { Log } from '../lib/log.ts'
import { frameText, operationId } from './message.ts'
import { countParts, hasQueue, type Internals, limitMessages, surviveOversized, takeSkipped } from './ws-internals.ts'

/** Tries one of the internals. Resolves to whether it works; must reject when the signal is aborted. */
type Trial = (signal: AbortSignal) => Promise<boolean>

/** A trial for each of the internals. */
export type InternalsTrials = Readonly<Record<keyof Internals, Trial>>

/** The timeout of the trials. After it, an internal counts as not working. */
const TIMEOUT_MS = 5_000
const LIMIT = 300
/** More bytes than the network takes at once while the other end does not read. */
const LARGE_BYTES = 2 ** 20

const NOT_AS_EXPECTED: Readonly<Record<keyof Internals, string>> = {
  canWritePast: 'ws is not as expected: it sends each message itself, which costs more of the processor',
  canSkip: 'ws is not as expected: a message over MAX_REQUEST_BYTES ends its socket for good',
  canCountParts:
    'Node is not as expected: a client that takes more than 30 seconds for a single large result is closed as one that does not read',
}

const REQUEST = {
  method: 'GET',
  headers: { upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': `${'A'.repeat(22)}==` },
} as IncomingMessage

/** Opens a WebSocket of a server within this process. `near` is the server's end of its connection, `far` the client's. */
function open(): { readonly ws: WebSocket; readonly near: Duplex; readonly far: Duplex } {
  const [near, far] = duplexPair()
  const opened: WebSocket[] = []
  const options = { noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: LIMIT }
  new WebSocketServer(options).handleUpgrade(REQUEST, near, Buffer.alloc(0), (ws) => opened.push(ws))
  const [ws] = opened
  if (!ws) throw new Error('ws has opened no socket')
  return { ws, near, far }
}

/** Whether a frame that is written past `ws` arrives between the frames that `ws` sends. */
async function tryWritingPast(signal: AbortSignal): Promise<boolean> {
  const { ws, near, far } = open()
  try {
    const frameOf = (label: string): string => frameText(label).frame(operationId(''))
    ws.send('first')
    if (hasQueue(ws, near)) return false
    near.write(frameOf('past'), 'latin1')
    ws.send('last')
    near.end()
    const arrived = await text(addAbortSignal(signal, far).setEncoding('latin1'))
    return arrived.endsWith(['first', 'past', 'last'].map(frameOf).join(''))
  } finally {
    ws.terminate()
  }
}

/** A message as one masked frame, as clients send it. */
function maskedFrame(message: string): Buffer {
  const head = Buffer.from([0x81, 0xfe, 0, 0, 1, 2, 3, 4])
  head.writeUInt16BE(message.length, 2)
  return Buffer.concat([head, Buffer.from(message).map((byte, at) => byte ^ ((at & 3) + 1))])
}

/** Whether both ends of a message over the limit are kept, when it comes in pieces, and the next message is read. */
async function trySkipping(signal: AbortSignal): Promise<boolean> {
  const { ws, far } = open()
  try {
    surviveOversized(ws)
    limitMessages(ws, LIMIT - 100)
    const seen: string[] = []
    ws.on('message', (data) => {
      const { first, last, limit } = takeSkipped(ws) ?? {}
      seen.push(`${String(data)} ${first?.subarray(0, 5)} ${last?.subarray(-5)} ${limit}`)
    })
    const small = ' '.repeat(LIMIT - 100)
    const large = maskedFrame(`begin${small}end. `)
    for (const bytes of [large.subarray(0, 100), large.subarray(100), maskedFrame(small)]) far.write(bytes)
    far.resume().end()
    await once(ws, 'close', { signal })
    return seen.join() === ` begin end.  ${LIMIT - 100},${small} undefined undefined undefined`
  } finally {
    ws.terminate()
  }
}

/** An address for a local server that uses no port and that no other process has. */
function newAddress(): string {
  const name = `herald-${newId()}`
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), name)
}

/** Whether `countParts` sees that the network has taken a part of a large write, and later all of it. */
async function tryCountingParts(signal: AbortSignal): Promise<boolean> {
  const server = createServer({ pauseOnConnect: true })
  const address = newAddress()
  // Without `exclusive`, a worker of `node:cluster` would ask its primary for it.
  server.listen({ path: address, exclusive: true })
  const near = connect(address)
  const ends: Socket[] = [near]
  server.on('connection', (end) => ends.push(end))
  try {
    await Promise.all([once(server, 'connection', { signal }), once(near, 'connect', { signal })])
    near.write(Buffer.alloc(LARGE_BYTES))
    const part = countParts(near) ?? 0
    for (const end of ends) end.resume()
    await once(near, 'drain', { signal })
    return part > 0 && part < LARGE_BYTES && countParts(near) === LARGE_BYTES
  } finally {
    for (const end of ends) end.destroy()
    server.close()
  }
}

const TRIALS: InternalsTrials = {
  canWritePast: tryWritingPast,
  canSkip: trySkipping,
  canCountParts: tryCountingParts,
}

/**
 * Tries which internals of `ws` and Node work, over connections within this process. One that does not work is logged, and Herald does
 * without it. Never rejects.
 */
export async function tryInternals(log: Log, trials = TRIALS): Promise<Internals> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const works = async (name: keyof Internals): Promise<boolean> => {
    let err: unknown
    try {
      if (await trials[name](signal)) return true
    } catch (error) {
      err = error
    }
    log.error({ err }, NOT_AS_EXPECTED[name])
    return false
  }
  const [canWritePast, canSkip, canCountParts] = await Promise.all([
    works('canWritePast'),
    works('canSkip'),
    works('canCountParts'),
  ])
  return { canWritePast, canSkip, canCountParts }
}
