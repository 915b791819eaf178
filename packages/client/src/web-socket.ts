import type { ClientTimes } from './waiting.ts'

/** A WebSocket as browsers have it, as far as it is used here. */
export interface SocketLike {
  readonly readyState: number
  send(text: string): void
  close(code?: number): void
  addEventListener(name: string, listener: (event: { readonly data?: unknown }) => void): void
}

/** A constructor of WebSockets: that of browsers and of Node from 22 on, or that of `ws`. */
export type WebSocketConstructor = new (url: string, protocol: string) => SocketLike

/** The `readyState` of a WebSocket that is open. */
export const OPEN = 1

/** A constructor whose WebSockets can be given up while they connect: `ws` would throw an error that nobody listens to. */
export function quiet(Socket: WebSocketConstructor): WebSocketConstructor {
  return class extends Socket {
    constructor(url: string, protocol: string) {
      super(url, protocol)
      this.addEventListener('error', () => {})
    }
  }
}

/** Where and how to connect. */
export interface Endpoint {
  /** With `ws:` or `wss:`. */
  readonly url: string
  readonly webSocket: WebSocketConstructor
  readonly times: ClientTimes
}

/** Whether WebSockets get through: opens one, sends something and waits for the answer. False once `signal` is aborted. */
export function tryWebSocket({ url, webSocket, times }: Endpoint, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new (quiet(webSocket))(url, 'graphql-transport-ws')
    const done = (isThrough: boolean): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', fail)
      socket.close()
      resolve(isThrough)
    }
    const fail = (): void => done(false)
    const timer = setTimeout(fail, times.connecting)
    signal.addEventListener('abort', fail)
    socket.addEventListener('open', () => socket.send('{"type":"ping"}'))
    socket.addEventListener('message', () => done(true))
    socket.addEventListener('error', fail)
    socket.addEventListener('close', fail)
  })
}
