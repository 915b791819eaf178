import type { ServerResponse } from 'node:http'
import type { Signal } from '../graphql/work.ts'
import type { PendingResults } from './pending-results.ts'
import { canAnswer, type Socket } from './socket.ts'

/** Aborted when the client of a socket has gone, or has ended the operation. */
export const signalOfSocket = (socket: Socket, results: PendingResults): Signal => ({
  get aborted() {
    return results.isOver || !canAnswer(socket)
  },
})

/** Aborted when the client of a request has gone. */
export const signalOfResponse = (response: ServerResponse): Signal => ({
  get aborted() {
    return response.destroyed
  },
})
