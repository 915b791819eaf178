import { WebSocket } from 'ws'

/**
 * A socket of a page that can be frozen: the browser goes on to answer pings of the WebSocket, while the page receives of nothing. What
 * came meanwhile is lost when the socket is gone before the page wakes up, as in a back/forward cache.
 */
export class SleepingSocket extends WebSocket {
  /** Those that were opened, the first one first. */
  static opened: SleepingSocket[] = []
  /** Sockets that are opened now fall asleep as soon as they have subscribed. */
  static fallsAsleep = false

  #isAsleep = false
  #unheard: (() => void)[] = []
  readonly #closed = Promise.withResolvers<void>()

  constructor(url: string, protocols: string) {
    super(url, protocols)
    SleepingSocket.opened.push(this)
  }

  override send(data: string): void {
    super.send(data)
    if (SleepingSocket.fallsAsleep && data.includes('"subscribe"')) this.sleep()
  }

  override emit(event: string, ...args: unknown[]): boolean {
    if (event === 'close') this.#closed.resolve()
    const isReceived = !this.#isAsleep || !['message', 'close', 'error'].includes(event)
    if (isReceived) return super.emit(event, ...args)
    // A page that wakes up without a connection receives only of that.
    if (event !== 'message') this.#unheard = []
    this.#unheard.push(() => super.emit(event, ...args))
    return true
  }

  get isAsleep(): boolean {
    return this.#isAsleep
  }

  sleep(): void {
    this.#isAsleep = true
  }

  /** Resolves when the server has taken everything that was sent so far, answers to its pings among it. */
  async reach(): Promise<void> {
    const answered = new Promise((resolve) => this.once('pong', resolve))
    this.ping()
    await answered
  }

  /** The connection is cut while the page sleeps. */
  async cut(): Promise<void> {
    this.#isAsleep = true
    this.terminate()
    await this.#closed.promise
  }

  wake(): void {
    this.#isAsleep = false
    for (const tell of this.#unheard.splice(0)) tell()
  }
}
