import type { ServerResponse } from 'node:http'
import type { ExecutionResult } from 'graphql'
import { tokenExpired } from '../auth/token-errors.ts'
import type { ResultStream, Results } from '../delivery/results.ts'
import type { Context } from '../graphql/context.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import type { Log } from '../lib/log.ts'
import type { Connections } from './connections.ts'
import type { ServerStats } from './server-stats.ts'
import { isExpired, openSession, type Sessions } from './session.ts'

export interface StreamOptions {
  readonly maskError: MaskError
  readonly connections: Connections
  readonly sessions: Sessions
  readonly stats: ServerStats
  readonly clock: Clock
  readonly log: Log
}

/** Makes a subscription over HTTP a connection like any other while it is read: present, expiring, drained. */
export type ServeStream = (results: Results, context: Context, response: ServerResponse) => Results

const DONE = { done: true, value: undefined } as const

interface Opened {
  /** What to tell the client at last, unless the stream ended by itself. */
  farewell(): ExecutionResult | undefined
  close(): void
}

const open = (stream: ResultStream, context: Context, response: ServerResponse, options: StreamOptions): Opened => {
  const { maskError, connections, sessions, stats, clock } = options
  const { viewer, connectionId } = context
  const log = options.log.child({ connectionId })
  const openedAt = clock.now()
  let farewell: ExecutionResult | undefined

  const end = (error: AppError): void => {
    farewell ??= { errors: [maskError(error)] }
    void stream.return?.()
  }
  const session = openSession(connectionId, (reason) =>
    end(new AppError('UNAUTHENTICATED', reason, { reason: 'ended' })),
  )
  if (viewer) sessions.admit(session, viewer)
  connections.add(session, {
    beat: (_, now) => {
      if (isExpired(session, now)) end(tokenExpired())
    },
    // Cut rather than completed: a client takes the end of a stream for its end, and a lost connection for a reason to retry.
    drain: () => response.destroy(),
    terminate: () => response.destroy(),
  })
  stats.open.add('sse')
  stats.opened.add('sse')
  log.info({ userId: viewer?.userId ?? null, role: viewer?.role ?? null, transport: 'sse' }, 'connection opened')

  return {
    farewell: () => farewell,
    close: () => {
      connections.remove(session)
      sessions.close(session)
      stats.open.add('sse', -1)
      log.info({ users: session.users, durationMs: clock.now() - openedAt }, 'connection closed')
    },
  }
}

const serve = (stream: ResultStream, begin: () => Opened, maskError: MaskError): ResultStream => {
  let opened: Opened | undefined
  let isOver = false

  const finish = (): void => {
    isOver = true
    opened?.close()
  }

  return {
    next: async () => {
      if (isOver) return DONE
      try {
        opened ??= begin()
        const result = await stream.next()
        if (!result.done) return result
        const value = opened.farewell()
        if (!isOver) finish()
        return value ? { done: false, value } : DONE
      } catch (error) {
        isOver = true
        return { done: false, value: { errors: [maskError(error)] } }
      }
    },
    return: async () => {
      if (!isOver) finish()
      return (await stream.return?.()) ?? DONE
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

/** Makes the care for streams over HTTP. A stream becomes a connection when it is first read. */
export const createServeStream =
  (options: StreamOptions): ServeStream =>
  (results, context, response) =>
    Symbol.asyncIterator in results
      ? serve(results, () => open(results, context, response, options), options.maskError)
      : results
