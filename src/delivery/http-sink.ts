import type { ServerResponse } from 'node:http'
import type { Message, OperationId } from './message.ts'
import { type Sink, SOFT_LIMIT_BYTES } from './sink.ts'

/** How results are written into the body of a response. */
export interface StreamEncoding {
  readonly contentType: string
  /** What the body begins with, so that whoever waits for its first byte has it. */
  readonly opening: string
  readonly heartbeat: string
  /** What the body ends with, once nothing more is to come. */
  readonly ending: string
  /** What a result begins with where many operations have one body: whose it is. Empty where there is one. */
  head(id: OperationId): string
  /** The rest of a result, the same for all who get it. */
  result(message: Message): Buffer
  /** An operation is over. */
  complete(id: OperationId): string
}

/** Makes what writes a message once for all who get it, as bytes. */
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

  /** Begins the response. */
  open(): void {
    const { response, encoding } = this
    response.writeHead(200, {
      'content-type': encoding.contentType,
      // Reverse proxies compress streams, or hold them back in order to send larger pieces, unless told not to.
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    this.#write(encoding.opening)
  }

  send(message: Message, id: OperationId): void {
    this.#write(this.encoding.head(id))
    this.#write(this.encoding.result(message))
  }

  /** An operation is over. */
  complete(id: OperationId): void {
    this.#write(this.encoding.complete(id))
  }

  heartbeat(): void {
    if (!this.isSlow()) this.#write(this.encoding.heartbeat)
  }

  /** Nothing more is to come. */
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
 * One operation as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), as graphql-sse has them in its
 * distinct connections mode (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). The id of an event is the cursor behind
 * it, so that a client that sends `Last-Event-ID` continues there.
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
 * Many operations as server-sent events, as graphql-sse has them in its single connection mode. Events have no ids: the last one of a stream
 * would say nothing of the other operations.
 */
export const sharedServerSentEvents: StreamEncoding = {
  ...serverSentEvents,
  head: ({ text }) => `event: next\ndata: {"id":${text},"payload":`,
  result: encodedOnce(({ payload }) => `${payload}}\n\n`),
  complete: ({ text }) => `event: complete\ndata: {"id":${text}}\n\n`,
}

// The next boundary goes with each part: Apollo Client hands a part on when it has come.
function part(json: string): string {
  return `\r\ncontent-type: application/json\r\n\r\n${json}\r\n--graphql`
}

/**
 * One operation as parts of a body, as Apollo Client asks for over HTTP
 * (https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol). Herald keeps such streams alive with
 * empty parts, and Apollo Client takes what is cut for an error.
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
