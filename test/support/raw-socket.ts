import { onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'

// biome-ignore lint/suspicious/noExplicitAny: messages are looked into freely by tests
type Message = Record<string, any>

/** A socket that speaks the protocol word by word, so that tests can say wrong things. */
export interface RawSocket {
  readonly ws: WebSocket
  send(message: Message | string): void
  /** The next message; waits for it. */
  next(): Promise<Message>
  /** Sends `connection_init` and returns the acknowledgement. */
  init(payload?: Message): Promise<Message>
  subscribe(id: string, query: string, payload?: Message): void
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

export interface RawSocketOptions extends ClientOptions {
  readonly protocol?: string | undefined
}

/** Opens a socket; resolves when it is open, rejects with the status when the server refuses. */
export async function openRawSocket(
  url: string,
  { protocol = 'graphql-transport-ws', ...options }: RawSocketOptions = {},
): Promise<RawSocket> {
  const ws = new WebSocket(url, protocol === '' ? [] : [protocol], options)
  const messages: Message[] = []
  const waiting: PromiseWithResolvers<Message>[] = []
  const closed = Promise.withResolvers<{ code: number; reason: string }>()
  onTestFinished(() => ws.terminate())

  ws.on('message', (data) => {
    const message = JSON.parse(String(data))
    const turn = waiting.shift()
    if (turn) turn.resolve(message)
    else messages.push(message)
  })
  ws.on('close', (code, reason) => {
    closed.resolve({ code, reason: String(reason) })
    for (const { reject } of waiting.splice(0)) reject(new Error(`Closed with ${code} ${reason}`))
  })
  await new Promise<void>((resolve, reject) => {
    ws.on('open', resolve)
    ws.on('error', reject)
    ws.on('unexpected-response', (_request, response) => {
      reject(
        Object.assign(new Error(`Refused with ${response.statusCode}`), {
          status: response.statusCode,
          headers: response.headers,
        }),
      )
    })
  })

  const send = (message: Message | string): void =>
    ws.send(typeof message === 'string' ? message : JSON.stringify(message))
  const next = (): Promise<Message> => {
    const ready = messages.shift()
    if (ready) return Promise.resolve(ready)
    const turn = Promise.withResolvers<Message>()
    waiting.push(turn)
    return turn.promise
  }
  return {
    ws,
    send,
    next,
    closed: closed.promise,
    init: (payload) => {
      send({ type: 'connection_init', ...(payload && { payload }) })
      return next()
    },
    subscribe: (id, query, payload) => send({ type: 'subscribe', id, payload: { query, ...payload } }),
  }
}
