import { Agent, request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

/** How often each kind of answer came: `200`, `429 RATE_LIMITED`, `closed 4408`. */
export type Answers = Map<string, number>

/** Counts an answer. */
export function count(answers: Answers, what: string): void {
  answers.set(what, (answers.get(what) ?? 0) + 1)
}

/** Where those come from who mean harm: who comes from elsewhere does not share their budget. */
const localAddress = '127.0.0.2'

/** No attack goes on for longer, whatever its test waits for. */
const LONGEST_MS = 25_000

/** Does something again and again in so many places at once, until it is over. */
export async function repeatedly(
  places: number,
  isOver: AbortSignal,
  act: (place: number, turn: number) => Promise<void>,
): Promise<void> {
  const end = AbortSignal.any([isOver, AbortSignal.timeout(LONGEST_MS)])
  const goOn = async (place: number): Promise<void> => {
    for (let turn = 0; !end.aborted; turn += 1) await act(place, turn)
  }
  await Promise.all(Array.from({ length: places }, (_, place) => goOn(place)))
}

/** What an answer is: its status, and the code of its first error. */
function kindOf(status: number | undefined, text: string): string {
  const [, code] = /"code":"([A-Z_]+)"/.exec(text) ?? []
  return code === undefined ? `${status}` : `${status} ${code}`
}

/** Posts over at most so many connections that stay open; resolves to the kind of the answer. */
export function openPoster(url: string, connections: number, token?: string) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, localAddress })
  onTestFinished(() => agent.destroy())
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }
  return (body: string): Promise<string> =>
    new Promise((resolve) => {
      const sending = request(url, { method: 'POST', agent, headers }, (response) => {
        let text = ''
        response.setEncoding('utf8')
        response.on('data', (chunk) => {
          // The code of an answer stands at its beginning or is not there.
          if (text.length < 4_096) text += chunk
        })
        response.on('end', () => resolve(kindOf(response.statusCode, text)))
        response.on('error', () => resolve('cut'))
      })
      sending.on('error', ({ message }) => resolve(/ECONNRESET|EPIPE|hang up/.test(message) ? 'cut' : message))
      sending.end(body)
    })
}

/** A client of the protocol that does as it likes. */
export interface HostileSocket {
  readonly ws: WebSocket
  /** `connected`, or how it was refused or closed. */
  readonly opened: Promise<string>
  readonly closed: Promise<string>
  /** Resolves to what the first message of an operation is that was sent otherwise, as `run` does. */
  waitFor(id: string): Promise<string>
  /** Sends an operation and resolves to what its first message is: `next`, `error RATE_LIMITED`, or how the socket was closed. */
  run(id: string, payload: object): Promise<string>
}

const REFUSALS: Readonly<Record<string, string>> = { next: 'next', error: 'error', complete: 'complete' }

/** Connects, with a token or without, and says `connection_init` unless it is mute. */
export function openHostile(url: string, token?: string, isMute = false): HostileSocket {
  const ws = new WebSocket(url, 'graphql-transport-ws', { perMessageDeflate: false, localAddress })
  onTestFinished(() => ws.terminate())
  const opened = Promise.withResolvers<string>()
  const closed = Promise.withResolvers<string>()
  const waiting = new Map<string, (what: string) => void>()
  const end = (what: string): void => {
    opened.resolve(what)
    closed.resolve(what)
    for (const resolve of waiting.values()) resolve(what)
    waiting.clear()
  }
  ws.on('error', () => {})
  ws.on('unexpected-response', (_request, response) => {
    response.destroy()
    end(`${response.statusCode}`)
  })
  ws.on('close', (code) => end(`closed ${code}`))
  ws.on('open', () => {
    if (isMute) opened.resolve('connected')
    else ws.send(JSON.stringify({ type: 'connection_init', payload: token ? { token } : undefined }))
  })
  ws.on('message', (data) => {
    const text = String(data)
    if (text.includes('"connection_ack"')) return opened.resolve('connected')
    if (text.includes('"type":"ping"')) return ws.send(text.replace('"ping"', '"pong"'))
    const [, type = ''] = /"type":"(\w+)"/.exec(text) ?? []
    const [, code] = /"code":"([A-Z_]+)"/.exec(text) ?? []
    const [, id = ''] = /"id":"([^"]*)"/.exec(text) ?? []
    const resolve = waiting.get(id)
    waiting.delete(id)
    return resolve?.(`${REFUSALS[type] ?? text}${code ? ` ${code}` : ''}`)
  })
  const waitFor = (id: string): Promise<string> =>
    ws.readyState === WebSocket.OPEN ? new Promise<string>((resolve) => waiting.set(id, resolve)) : closed.promise
  return {
    ws,
    opened: opened.promise,
    closed: closed.promise,
    waitFor,
    run: (id, payload) => {
      const answer = waitFor(id)
      if (ws.readyState === WebSocket.OPEN) ws.send(JSON.stringify({ id, type: 'subscribe', payload }))
      return answer
    },
  }
}

/** A connection on which bytes are said one by one. Resolves `closed` to the status of the answer, or `cut` without one. */
export function openTcp(url: string): { readonly tcp: Socket; readonly closed: Promise<string> } {
  const { port, hostname } = new URL(url)
  const tcp = connect({ port: Number(port), host: hostname, localAddress })
  onTestFinished(() => {
    tcp.destroy()
  })
  let text = ''
  tcp.on('data', (bytes) => {
    if (text.length < 256) text += bytes
  })
  tcp.on('error', () => {})
  const closed = new Promise<string>((resolve) =>
    tcp.on('close', () => resolve(/HTTP\/1\.1 (?!100)(\d+)/.exec(text)?.[1] ?? 'cut')),
  )
  return { tcp, closed }
}
