import type { WebSocketConstructor } from '@herald/client'

/** How a network is cut: it says nothing any more, or ends every connection at once. */
export type Cut = 'silent' | 'reset'

/** The network of one person of this page, which can be cut and mended while the others' goes on. */
export interface Network {
  /** What to open WebSockets with. */
  readonly webSocket: WebSocketConstructor
  readonly fetch: typeof fetch
  /** Has the event `online` when the network is back, as a window has. */
  readonly events: EventTarget
  cut(kind: Cut): void
  mend(): void
}

type Handler<Kind extends Event> = ((event: Kind) => void) | null

/** A WebSocket on such a network. What is sent or comes while the network is silent is held, as TCP would send it again. */
class NetworkSocket extends EventTarget {
  static readonly CONNECTING = WebSocket.CONNECTING
  static readonly OPEN = WebSocket.OPEN
  static readonly CLOSING = WebSocket.CLOSING
  static readonly CLOSED = WebSocket.CLOSED
  onopen: Handler<Event> = null
  onmessage: Handler<MessageEvent> = null
  onclose: Handler<CloseEvent> = null
  onerror: Handler<Event> = null
  readyState: number = WebSocket.CONNECTING
  readonly #connect: () => WebSocket
  readonly #isSilent: () => boolean
  #real: WebSocket | undefined
  #held: (() => void)[] = []

  constructor(connect: () => WebSocket, isSilent: () => boolean) {
    super()
    this.#connect = connect
    this.#isSilent = isSilent
    if (!isSilent()) this.#open()
  }

  get protocol(): string {
    return this.#real?.protocol ?? ''
  }

  send(data: string): void {
    this.#pass(() => {
      if (this.readyState === WebSocket.OPEN) this.#real?.send(data)
    })
  }

  close(code = 1000, reason = ''): void {
    this.readyState = WebSocket.CLOSING
    this.#pass(() => (this.#real ? this.#real.close(code, reason) : this.fail()))
  }

  /** Does what was held, when the network is back. */
  mend(): void {
    if (!this.#real) this.#open()
    for (const pass of this.#held.splice(0)) pass()
  }

  /** Ends it as a network does that is gone. */
  fail(): void {
    if (this.readyState === WebSocket.CLOSED) return
    this.readyState = WebSocket.CLOSED
    this.#held = []
    this.#real?.close()
    this.#tell(new Event('error'))
    this.#tell(new CloseEvent('close', { code: 1006, wasClean: false }))
  }

  #pass(pass: () => void): void {
    if (this.#isSilent()) this.#held.push(pass)
    else pass()
  }

  #tell(event: Event): void {
    const handler = { open: this.onopen, message: this.onmessage, close: this.onclose, error: this.onerror }[event.type]
    ;(handler as Handler<Event>)?.call(this, event)
    this.dispatchEvent(event)
  }

  #open(): void {
    const real = this.#connect()
    this.#real = real
    real.onopen = () =>
      this.#pass(() => {
        this.readyState = WebSocket.OPEN
        this.#tell(new Event('open'))
      })
    real.onmessage = ({ data }) =>
      this.#pass(() => {
        // As in browsers: what comes to a socket that is being closed is dropped.
        if (this.readyState === WebSocket.OPEN) this.#tell(new MessageEvent('message', { data }))
      })
    real.onclose = ({ code, reason, wasClean }) =>
      this.#pass(() => {
        if (this.readyState === WebSocket.CLOSED) return
        this.readyState = WebSocket.CLOSED
        this.#tell(new CloseEvent('close', { code, reason, wasClean }))
      })
    real.onerror = () => this.#pass(() => this.#tell(new Event('error')))
  }
}

/** Makes a network that is whole. */
export function createNetwork(): Network {
  const sockets = new Set<NetworkSocket>()
  const events = new EventTarget()
  let state: Cut | null = null
  let mended = Promise.withResolvers<void>()
  const socketClass = class extends NetworkSocket {
    constructor(url: string, protocol: string) {
      super(
        () => new WebSocket(url, protocol),
        () => state === 'silent',
      )
      sockets.add(this)
      this.addEventListener('close', () => sockets.delete(this))
      if (state === 'reset') queueMicrotask(() => this.fail())
    }
  }
  return {
    // The client gives listeners a narrower event than the types of browsers do.
    webSocket: socketClass as unknown as WebSocketConstructor,
    events,
    fetch: async (...asked) => {
      if (state === 'silent') await mended.promise
      if (state === 'reset') throw new TypeError('The network was cut.')
      return fetch(...asked)
    },
    cut: (kind) => {
      state = kind
      if (kind === 'reset') for (const socket of [...sockets]) socket.fail()
    },
    mend: () => {
      state = null
      mended.resolve()
      mended = Promise.withResolvers<void>()
      for (const socket of sockets) socket.mend()
      events.dispatchEvent(new Event('online'))
    },
  }
}
