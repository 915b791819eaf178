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
 * Connections of which each has one stream over HTTP for all of its operations, as graphql-sse asks for in its single connection mode
 * (https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md). They live on the node where they were reserved.
 */
export interface SingleConnections {
  /**
   * Reserves one; returns the secret by which it is known. Throws RATE_LIMITED when its user, or its address, has too many connections;
   * before that, a stream of the user that carries nothing is cut.
   */
  reserve(identity: Identity): string
  /** The one that has this token. Throws NOT_FOUND when there is none, or when somebody else has reserved it. */
  find(token: string, identity: Identity): SingleConnection
  /**
   * Opens its stream; resolves when that is over. Throws CONFLICT when it was opened already, and RATE_LIMITED when it, or its user, holds
   * too much.
   */
  open(connection: SingleConnection, request: IncomingMessage, response: ServerResponse): Promise<void>
}

/** Nobody guesses it, and nothing but the answer to its reservation has it. */
const TOKEN_BYTES = 24
const TOKEN = /^[\w-]{32}$/

/** Whether a text can be the token of a stream. That of a user is longer, and has dots. */
export function isStreamToken(text: string): boolean {
  return TOKEN.test(text)
}

/** A reservation counts as a connection, and ends like one. */
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

/** Starts without any. */
export function createSingleConnections(options: SingleConnectionsOptions): SingleConnections {
  const { connections, sessions, peerBudgets } = options
  const byToken = new Map<string, SingleConnection>()
  const reserved = createReservedLifecycle(sessions)
  const lifecycle = createStreamLifecycle(sessions)

  /** Cuts the oldest stream of a user that carries nothing; false: there is none. */
  const cutIdle = (userId: string): boolean => {
    for (const { userId: owner, stream, operations } of byToken.values()) {
      if (owner !== userId || !stream || operations.size > 0) continue
      stream.cut('Nothing on it, and another one was wanted')
      // Its place is needed now.
      stream.close()
      return true
    }
    return false
  }

  const admit = (connection: SingleConnection, viewer: Viewer): void => {
    try {
      connection.admit(viewer)
    } catch (error) {
      // graphql-sse opens another stream when an operation was refused, and leaves the one that it had as it is.
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
      // Whoever else has come by the token learns nothing, not even that it is one.
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
