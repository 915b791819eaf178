import type { ServerResponse } from 'node:http'
import type { Signal } from '../graphql/work.ts'
import type { PendingResults } from './pending-results.ts'
import { canAnswer, type Socket } from './socket.ts'

/** A signal that is aborted once the client of a socket has gone, or has ended the operation. */
export function signalOfSocket(socket: Socket, results: PendingResults): Signal {
  return {
    get aborted() {
      return results.isOver || !canAnswer(socket)
    },
  }
}

/** A signal that is aborted once the client of a request has gone. */
export function signalOfResponse(response: ServerResponse): Signal {
  return {
    get aborted() {
      return response.destroyed
    },
  }
}
