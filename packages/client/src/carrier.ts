import type { SubscribePayload } from 'graphql-ws/client'
import type { ConnectionReason, ConnectionState } from './connection.ts'
import { ConnectionStatus } from './connection-status.ts'
import type { Fallback } from './event-transport.ts'
import { type HttpEndpoint, isAnsweredOverHttp } from './http-endpoint.ts'
import { cursorOf, lazyTransport, type OperationSink, type Result, type Transport } from './operation.ts'
import { type SocketEvents, SocketTransport } from './socket-transport.ts'
import type { Store } from './store.ts'
import type { Tokens } from './tokens.ts'
import type { Waiting } from './waiting.ts'
import type { Endpoint, WebSocketConstructor } from './web-socket.ts'

export interface CarrierOptions extends HttpEndpoint {
  /** Undefined where there is none: then everything comes by Server-Sent Events. */
  readonly webSocket: WebSocketConstructor | undefined
  readonly tokens: Tokens
  readonly waiting: Waiting
  readonly now: () => number
}

/** An operation that is not over. */
interface Running {
  readonly request: SubscribePayload
  readonly sink: OperationSink
  /** How far a log has come. */
  cursor: string | undefined
  /** True when a log was moved to where it cannot say how far it has come. */
  hasGap: boolean
  stop: () => void
}

/** Attempts that fail one after the other, until it is tried whether only WebSockets are blocked. */
const FAILED_ATTEMPTS = 2
/** Carries operations by WebSocket, and by Server-Sent Events for as long as WebSockets do not get through. */
export class Carrier {
  readonly #options: CarrierOptions
  readonly #running = new Set<Running>()
  readonly #status = new ConnectionStatus()
  readonly #over = new AbortController()
  readonly #events: Transport
  readonly #loadEvents: () => Promise<Fallback>
  #socket: SocketTransport | undefined
  #deaf: (() => void) | undefined
  #failures = 0
  #isTrying = false
  #trying: ReturnType<typeof setTimeout> | undefined

  constructor(options: CarrierOptions) {
    this.#options = options
    const onHealth = (isWell: boolean): void => {
      if (!this.#status.isSse) return
      if (isWell) this.#status.connected()
      else this.#status.lost({ reason: 'unreachable', closeCode: null, hadConnected: false })
    }
    // Most pages never need it, so it is no part of what they load.
    let loading: Promise<Fallback> | undefined
    this.#loadEvents = () => {
      loading ??= import('./event-transport.ts').then(({ createEventTransport }) =>
        createEventTransport({ ...options, onHealth }),
      )
      loading.catch(() => {
        loading = undefined
      })
      return loading
    }
    this.#events = lazyTransport(this.#loadEvents)
    if (!options.webSocket) this.#status.tell({ transport: 'sse' })
  }

  get connection(): Store<ConnectionState> {
    return this.#status.store
  }

  /** Aborted once the carrier is disposed of. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** The connection by WebSocket, which is not opened by this. Throws where there are no WebSockets. */
  get socket(): SocketTransport {
    if (!this.#socket) {
      const endpoint = this.#endpoint
      if (!endpoint) throw new Error('There is no WebSocket here: give createHeraldClient one, such as that of ws.')
      this.#socket = new SocketTransport({ ...this.#options, ...endpoint, events: this.#socketEvents() })
    }
    return this.#socket
  }

  /** Begins an operation, which goes on across breaks until it is over or ended by what this returns. */
  start(request: SubscribePayload, sink: OperationSink): () => void {
    const one: Running = { request, sink, cursor: undefined, hasGap: false, stop: () => {} }
    if (this.over.aborted) {
      queueMicrotask(() => sink.complete())
      return () => {}
    }
    this.#running.add(one)
    this.#listen()
    this.#begin(one)
    return () => {
      if (!this.#running.has(one)) return
      this.#leave(one)
      one.stop()
    }
  }

  /** Gives the connection up and opens another one at once. */
  reconnect(): void {
    this.#options.tokens.drop()
    this.#socket?.client.terminate()
    this.#options.waiting.wake()
    if (this.#status.isSse) for (const one of this.#running) this.#restart(one)
  }

  /** Ends everything: no socket, no stream and no listener is left. */
  dispose(reason: ConnectionReason | null = null): void {
    if (this.over.aborted) return
    this.#over.abort()
    const all = [...this.#running]
    for (const one of all) {
      this.#leave(one)
      one.stop()
    }
    this.#options.waiting.wake()
    // It rejects when it was about to connect and cannot, which is well then.
    void Promise.resolve(this.#socket?.client.dispose()).catch(() => {})
    this.#socket?.client.terminate()
    this.#status.tell({ status: 'disposed', reason, closeCode: null })
    for (const { sink } of all) sink.complete()
  }

  /** Where WebSockets are opened; undefined where there are none. */
  get #endpoint(): Endpoint | undefined {
    const { url, webSocket, times } = this.#options
    return webSocket && { url: url().replace(/^http/, 'ws'), webSocket, times }
  }

  #begin(one: Running): void {
    const { isSse } = this.#status
    if (isSse) this.#status.connecting()
    const end = (tell: () => void): void => {
      if (!this.#running.has(one)) return
      this.#leave(one)
      tell()
    }
    const next = (result: Result, isFirst: boolean): void => {
      if (!this.#running.has(one)) return
      one.cursor = cursorOf(result) ?? one.cursor
      const gap = one.hasGap && { extensions: { ...result.extensions, resume: 'expired' } }
      one.hasGap = false
      one.sink.next({ ...result, ...gap }, isFirst)
    }
    one.stop = (isSse ? this.#events : this.socket).start(
      one.request,
      { next, error: (cause) => end(() => one.sink.error(cause)), complete: () => end(() => one.sink.complete()) },
      one.cursor,
    )
  }

  /** Begins an operation anew, a log where it was. */
  #restart(one: Running): void {
    one.stop()
    const canContinue = this.#status.isSse || /\$after\b/.test(one.request.query ?? '')
    one.hasGap = one.cursor !== undefined && !canContinue
    this.#begin(one)
  }

  #leave(one: Running): void {
    this.#running.delete(one)
    if (this.#running.size > 0) return
    this.#deaf?.()
    this.#deaf = undefined
    clearTimeout(this.#trying)
    // A WebSocket that is open stays so for a while, and tells when it is closed. What has failed stays told.
    const { status } = this.#status.now
    if (status !== 'failed' && (this.#status.isSse || status !== 'connected')) this.#status.idle()
  }

  #listen(): void {
    if (this.#deaf) return
    const { waiting } = this.#options
    const stops = [
      waiting.listen(),
      waiting.onWake(() => (this.#status.isSse ? void this.#tryBack() : this.#socket?.check())),
    ]
    this.#deaf = () => {
      for (const stop of stops) stop()
    }
    if (this.#status.isSse) this.#planBack()
  }

  #socketEvents(): SocketEvents {
    return {
      connecting: () => this.#status.connecting(),
      connected: () => {
        this.#failures = 0
        this.#status.connected()
      },
      lost: (lost) => {
        if (this.#status.isSse) return
        if (this.#running.size === 0) return this.#status.idle()
        if (!this.#status.lost(lost)) return
        this.#failures += 1
        if (lost.reason === 'silent' || this.#failures >= FAILED_ATTEMPTS) void this.#tryEvents()
      },
    }
  }

  /** Moves to Server-Sent Events when Herald answers by HTTP and no WebSocket has come about meanwhile. */
  async #tryEvents(): Promise<void> {
    if (this.#isTrying) return
    this.#isTrying = true
    // In this order: some browsers remember for good that a module could not be loaded.
    const isAnswered = (await isAnsweredOverHttp(this.#options)) && (await this.#loadEvents().catch(() => null))
    this.#isTrying = false
    if (isAnswered && this.#running.size > 0 && this.#status.now.status === 'reconnecting') this.#move('sse')
  }

  #move(transport: ConnectionState['transport']): void {
    this.#failures = 0
    const reason = transport === 'sse' ? 'websocket-blocked' : null
    this.#status.tell({ transport, status: 'connecting', reason, closeCode: null })
    for (const one of [...this.#running]) this.#restart(one)
    if (transport === 'sse') this.#planBack()
  }

  #planBack(): void {
    clearTimeout(this.#trying)
    if (this.#endpoint) this.#trying = setTimeout(() => void this.#tryBack(), this.#options.times.tryWebSocket)
  }

  /** Moves back to a WebSocket when one gets through. */
  async #tryBack(): Promise<void> {
    const endpoint = this.#endpoint
    if (this.#isTrying || !endpoint) return
    this.#isTrying = true
    const isThrough = await this.#loadEvents().then(
      (events) => events.tryWebSocket(endpoint, this.over),
      () => false,
    )
    this.#isTrying = false
    if (this.#running.size === 0 || this.over.aborted) return
    if (isThrough) this.#move('websocket')
    else this.#planBack()
  }
}
