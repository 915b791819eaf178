import type { ServerResponse } from 'node:http'
import type { Message, OperationId } from './message.ts'
import { type Sink, SOFT_LIMIT_BYTES } from './sink.ts'

/** The format in which results are written into the body of an HTTP response. */
export interface StreamEncoding {
  readonly contentType: string
  /** The beginning of the body. It is sent at once, for clients and proxies that wait for a first byte. */
  readonly opening: string
  /** A piece without content, which shows that the connection is alive. */
  readonly heartbeat: string
  /** The end of the body. */
  readonly ending: string
  /** The beginning of a result, with the operation id, where many operations share one body. Empty where there is only one. */
  head(id: OperationId): string
  /** The rest of a result, which is the same for all operations that get it. */
  result(message: Message): Buffer
  /** The piece that says that an operation is over. */
  complete(id: OperationId): string
}

/** Returns a function that writes each message once as bytes, and returns the same bytes for it afterwards. */
export function encodedOnce(write: (message: Message) => string): (message: Message) => Buffer {
  const known = new WeakMap<Message, Buffer>()
  return (message) => {
    const bytes = known.get(message) ?? Buffer.from(write(message))
    known.set(message, bytes)
    return bytes
  }
}

/** Writes results into the body of a response, in one piece for each turn of the event loop. */
export class HttpSink implements Sink {
  readonly response: ServerResponse
  readonly encoding: StreamEncoding
  lastPage: Promise<void> | undefined

  constructor(response: ServerResponse, encoding: StreamEncoding) {
    this.response = response
    this.encoding = encoding
  }

  /** Begins the response: sends the status 200, the headers and the opening. */
  open(): void {
    const { response, encoding } = this
    response.writeHead(200, {
      'content-type': encoding.contentType,
      // Without these headers, reverse proxies compress streams, or hold them back to send larger pieces.
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    this.#write(encoding.opening)
  }

  send(message: Message, id: OperationId): void {
    this.#write(this.encoding.head(id))
    this.#write(this.encoding.result(message))
  }

  /** Tells the client that an operation is over. */
  complete(id: OperationId): void {
    this.#write(this.encoding.complete(id))
  }

  /** Sends a heartbeat. A slow connection gets none, since results are on their way anyway. */
  heartbeat(): void {
    if (!this.isSlow()) this.#write(this.encoding.heartbeat)
  }

  /** Ends the response. */
  end(): void {
    this.#write(this.encoding.ending)
    // Node writes the end of a response before what is corked.
    this.#flush()
    this.response.end()
  }

  isSlow(): boolean {
    return this.response.writableLength > SOFT_LIMIT_BYTES
  }

  async waitForRoom(): Promise<void> {
    if (!this.isSlow()) return
    const { response } = this
    this.#flush()
    await new Promise<unknown>((resolve) => {
      if (response.writableLength === 0) setImmediate(resolve)
      else response.once('drain', resolve)
    })
  }

  #write(text: string | Buffer): void {
    const { response } = this
    if (response.writableEnded || response.destroyed || text.length === 0) return
    if (response.writableCorked === 0) {
      response.cork()
      setImmediate(() => this.#flush())
    }
    response.write(text)
  }

  #flush(): void {
    if (this.response.writableCorked > 0) this.response.uncork()
  }
}

/**
 * The encoding of one operation as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). It is that of the
 * distinct connections mode of graphql-sse (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The id of an event is the
 * cursor after it, so a client that sends `Last-Event-ID` continues there.
 */
export const serverSentEvents: StreamEncoding = {
  contentType: 'text/event-stream',
  opening: ':\n\n',
  heartbeat: ':\n\n',
  ending: '',
  head: () => '',
  result: encodedOnce(
    ({ cursor, payload }) => `event: next\n${cursor === undefined ? '' : `id: ${cursor}\n`}data: ${payload}\n\n`,
  ),
  complete: () => 'event: complete\ndata:\n\n',
}

/**
 * The encoding of many operations as server-sent events: that of the single connection mode of graphql-sse. Events have no ids, because the
 * last one would say nothing of the other operations.
 */
export const sharedServerSentEvents: StreamEncoding = {
  ...serverSentEvents,
  head: ({ text }) => `event: next\ndata: {"id":${text},"payload":`,
  result: encodedOnce(({ payload }) => `${payload}}\n\n`),
  complete: ({ text }) => `event: complete\ndata: {"id":${text}}\n\n`,
}

// The next boundary is sent with each part, because Apollo Client hands a part on only when it has the boundary.
function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`
}

/**
 * The encoding of one operation as parts of a multipart body, for Apollo Client over HTTP
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). Heartbeats are empty parts. A body that
 * ends without `ending` is an error for Apollo Client.
 */
export const multipart: StreamEncoding = {
  contentType: 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"',
  opening: '--graphql',
  heartbeat: part('{}'),
  ending: '--\r\n',
  head: () => '',
  result: encodedOnce(({ payload }) => part(`{"payload":${payload}}`)),
  complete: () => '',
}
