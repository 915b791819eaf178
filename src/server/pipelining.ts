import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/**
 * Returns whether a request came while too many earlier ones of its connection were not answered. If so, nothing more is read of the
 * connection.
 */
export type IsPipelined = (request: IncomingMessage, response: ServerResponse) => boolean

/** How many requests of one connection may wait for their answers. Hardly any client sends one before the last one was answered. */
const MAX_UNANSWERED = 8
/** The result of `onIncoming` that makes Node's parser stop reading, as after an upgrade. */
const STOP = 2

/**
 * A socket with Node's HTTP parser, an internal of Node, which calls `onIncoming` for each request. It reads requests as fast as they come,
 * thousands in one turn of the event loop.
 */
interface Parsed extends Socket {
  readonly parser?: { onIncoming?: () => number } | null
}

function stopReading({ parser }: Parsed): void {
  if (parser?.onIncoming) parser.onIncoming = () => STOP
}

/** Returns the test of requests. It counts those of each connection that are not answered. */
export function createIsPipelined(): IsPipelined {
  const unanswered = new WeakMap<Socket, number>()
  return ({ socket }, response) => {
    const count = (unanswered.get(socket) ?? 0) + 1
    unanswered.set(socket, count)
    response.once('close', () => unanswered.set(socket, (unanswered.get(socket) ?? 1) - 1))
    if (count <= MAX_UNANSWERED) return false
    stopReading(socket)
    return true
  }
}
