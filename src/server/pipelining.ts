import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Says whether a request came behind too many others of its connection that are not answered. Then nothing more is read of that. */
export type IsPipelined = (request: IncomingMessage, response: ServerResponse) => boolean

/** Hardly any client sends a request before the one before was answered. */
const MAX_UNANSWERED = 8
/** What Node's parser takes as the end of HTTP, as after an upgrade. */
const STOP = 2

/** Node's own: told of each request, which it reads as fast as they come, thousands in a turn of the event loop. */
interface Parsed extends Socket {
  readonly parser?: { onIncoming?: () => number } | null
}

function stopReading({ parser }: Parsed): void {
  if (parser?.onIncoming) parser.onIncoming = () => STOP
}

/** Begins to count. */
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
