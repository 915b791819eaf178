import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Viewer } from '../auth/viewer.ts'
import { sharedServerSentEvents } from '../delivery/http-sink.ts'
import { AppError } from '../lib/errors.ts'
import type { Lifecycle } from './connections.ts'
import { headBytes } from './held-requests.ts'
import { createStreamLifecycle, HttpStream } from './http-stream.ts'
import type { Identity } from './identify.ts'
import { isExpired, type Sessions } from './session.ts'
import { noSuchStream, SingleConnection, type SingleConnectionsOptions } from './single-connection.ts'

/**
 * Connections in graphql-sse's single connection mode: each has one HTTP stream for all of its operations
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). They live on the node where they were reserved.
 */
export interface SingleConnections {
  /**
   * Reserves a connection; returns the secret token that names it. If its user has too many connections, a stream of that user that carries
   * nothing is cut first. Throws RATE_LIMITED when the user, or the address of a stranger, still has too many.
   */
  reserve(identity: Identity): string
  /** The connection with this token. Throws NOT_FOUND when there is none, or when another user has reserved it. */
  find(token: string, identity: Identity): SingleConnection
  /**
   * Opens the stream of a connection; resolves when the stream is over. Rejects with CONFLICT when it was already opened, and with
   * RATE_LIMITED when the connection or its user holds too much.
   */
  open(connection: SingleConnection, request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** How many random bytes a token has, so that it cannot be guessed. Only the answer to the reservation contains it. */
const TOKEN_BYTES = 24
const TOKEN = /^[\w-]{32}$/

/** Whether a text can be the token of a stream. The token of a user is longer, and has dots. */
export function isStreamToken(text: string): boolean {
  return TOKEN.test(text)
}

/**
 * Returns the lifecycle of a reservation, whose stream is not open yet. It counts as a connection, and ends when it is not opened in time.
 */
function createReservedLifecycle(sessions: Sessions): Lifecycle<SingleConnection> {
  return {
    heartbeat: (connection, now) => {
      if (now >= connection.reservedUntil || isExpired(connection.session, now)) connection.close()
    },
    recheck: ({ session }) => sessions.recheck(session),
    drain: (connection) => connection.close(),
    terminate: (connection) => connection.close(),
  }
}

/** Returns the single connections of this node; at first there are none. */
export function createSingleConnections(options: SingleConnectionsOptions): SingleConnections {
  const { connections, sessions, peerBudgets } = options
  const byToken = new Map<string, SingleConnection>()
  const reserved = createReservedLifecycle(sessions)
  const lifecycle = createStreamLifecycle(sessions)

  /** Cuts the oldest stream of a user that carries nothing; returns false when there is none. */
  const cutIdle = (userId: string): boolean => {
    for (const { userId: owner, stream, operations } of byToken.values()) {
      if (owner !== userId || !stream || operations.size > 0) continue
      stream.cut('Nothing on it, and another one was wanted')
      // Closed at once, since its place is needed now.
      stream.close()
      return true
    }
    return false
  }

  const admit = (connection: SingleConnection, viewer: Viewer): void => {
    try {
      connection.admit(viewer)
    } catch (error) {
      // When an operation is refused, graphql-sse opens another stream, and leaves the one that it had as it is.
      const isFull = error instanceof AppError && error.code === 'RATE_LIMITED'
      if (!isFull || !cutIdle(viewer.userId)) throw error
      connection.admit(viewer)
    }
  }

  return {
    reserve: (identity) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url')
      const connection = new SingleConnection(identity, options, () => byToken.delete(token))
      if (identity.viewer) admit(connection, identity.viewer)
      else peerBudgets.enterAnonymous(connection)
      byToken.set(token, connection)
      connections.add(connection, reserved)
      return token
    },
    find: (token, { viewer }) => {
      const connection = byToken.get(token)
      // Another user that has the token does not even learn that it is one.
      if (!connection || connection.userId !== viewer?.userId) throw noSuchStream()
      return connection
    },
    open: async (connection, request, response) => {
      if (connection.stream) throw new AppError('CONFLICT', 'The stream of this token is open already.')
      const { session } = connection
      const parts = { session, response, encoding: sharedServerSentEvents, bytes: headBytes(request) }
      const stream = new HttpStream(parts, connection, options)
      connections.remove(connection)
      stream.begin(session.viewers[0], lifecycle)
      await connection.open(stream)
    },
  }
}
