import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { makeServer, type Server } from 'graphql-ws'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import { openBookmark, takePong } from '../delivery/acknowledgements.ts'
import { operationId } from '../delivery/frame.ts'
import { enqueueQuestion } from '../delivery/outbox.ts'
import { type LanePosition, positionKey, type Question } from '../delivery/positions.ts'
import type { ResultStream, Seat, SeatedResults } from '../delivery/results.ts'
import type { Context, Services } from '../graphql/context.ts'
import type { MaskError } from '../graphql/errors.ts'
import { isRefused } from '../graphql/policy.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { requireFaithfulJson } from '../lib/json-text.ts'
import type { Log } from '../lib/log.ts'
import { take } from '../lib/rate.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { hasBegun, whenBegun } from './beginnings.ts'
import { closingFor } from './close-codes.ts'
import { costReportOf } from './cost-report.ts'
import { forgetPayload, type OperationPayload } from './messages.ts'
import type { OperationArgs, Operations } from './operations.ts'
import { limitMessages } from './oversized-messages.ts'
import {
  acknowledgement,
  endHandshake,
  endOperation,
  type Peer,
  type PeerLimits,
  releaseVariables,
  takeOperation,
  takeSubscription,
} from './peer.ts'
import { PendingResults } from './pending-results.ts'
import { type Refusals, tellError } from './refusals.ts'
import type { ServerStats } from './server-stats.ts'
import type { Sessions } from './session.ts'
import { canAnswer, closeSocket } from './socket.ts'
import { tokenInHeader, tokenInHeaders, tokenInPayload } from './token-places.ts'
import { signalOfSocket } from './wanted-still.ts'

export interface ProtocolOptions {
  readonly schema: GraphQLSchema
  readonly services: Services
  readonly sessions: Sessions
  readonly authenticate: Authenticate
  readonly operations: Operations
  readonly maskError: MaskError
  readonly stats: ServerStats
  readonly refusals: Refusals
  readonly clock: Clock
  readonly log: Log
}

/** What a client asks is the `payload` of its message. */
const IN_MESSAGE = { skip: 1 }

/** Begins an operation. Rejects when its token is refused. */
type Start = (results: PendingResults) => Promise<SeatedResults>

/** How to begin is in the place of the context. */
const open = (args: ExecutionArgs): ResultStream => {
  const start = args.contextValue as Start
  // graphql-ws keeps the arguments as long as the operation lasts, and has read what it needs.
  Object.assign(args, { document: undefined, contextValue: undefined })
  return new PendingResults(start)
}

/** All that graphql-ws is told. With every key at once: it adds those that are missing, which takes room of its own. */
const argsOf = (schema: GraphQLSchema, { prepared, operationName }: Asked, start: Start): ExecutionArgs => ({
  schema,
  document: prepared.document,
  operationName,
  variableValues: null,
  contextValue: start,
  rootValue: undefined,
})

const requireRate = ({ rate }: Peer, now: number, { rejects }: ServerStats): void => {
  const retryAfterMs = take(rate, now)
  if (retryAfterMs > 0) {
    rejects.add('operations_per_second')
    const advice = 'A client that means it? Raise MAX_OPERATIONS_PER_SECOND.'
    throw new AppError('RATE_LIMITED', 'Too many operations on this connection.', { retryAfterMs }, { advice })
  }
}

/** Where the results go of a subscription that its client may ask again, word by word, on its next socket. */
const seatOf = (peer: Peer, question: Omit<Question, 'userId'>, viewer: Viewer | undefined): Seat => {
  const { outbox } = peer.socket
  const { operationId: id } = question
  const key = viewer && positionKey({ ...question, userId: viewer.userId })
  const open = key && ((lane: LanePosition) => openBookmark(outbox.acknowledgements, key, lane))
  return { outbox, id: operationId(id), open, onBegun: () => hasBegun(peer, id) }
}

/** Logs for those who look for one connection. */
const debug = (log: Log, { session }: Peer, fields: object, message: string): void => {
  if (log.isLevelEnabled('debug')) log.debug({ connectionId: session.id, ...fields }, message)
}

type Admit = (peer: Peer, token: string) => Promise<Viewer>

const createAdmit =
  ({ authenticate, sessions, services }: ProtocolOptions): Admit =>
  async (peer, token) => {
    const viewer = await authenticate(token)
    sessions.admit(peer.session, viewer)
    limitMessages(peer.socket.ws, services.limits.requestBytes)
    return viewer
  }

/** An operation that was checked as far as that can be done at once. */
interface Accepted {
  readonly peer: Peer
  readonly asked: Asked
  /** In the `extensions` of the operation, as GraphiQL sends it. */
  readonly token: string | undefined
  /** Of a subscription. */
  readonly question: Omit<Question, 'userId'> | undefined
}

/** Makes what is left to do of an operation; its client can end it before that is through. */
const createStart =
  ({ schema, services, operations, refusals }: ProtocolOptions, admit: Admit) =>
  ({ peer, asked, token, question }: Accepted): Start => {
    const { prepared, operationName, variableValues } = asked
    const costReport = costReportOf(asked, services.limits)
    let unanswered = question
    const refuse = (error: unknown): never => {
      tellError(refusals, undefined, error)
      throw error
    }
    return async (results) => {
      const viewer = token === undefined ? peer.viewer : await admit(peer, token).catch(refuse)
      if (!unanswered && peer.beginnings.length > 0) await whenBegun(peer)
      // Nothing is executed that cannot be answered, or that the client has taken back.
      if (results.isOver || !canAnswer(peer.socket)) return {}
      const contextValue: Context = { ...services, viewer, connectionId: peer.session.id, isSocket: true }
      const args: OperationArgs = { schema, prepared, operationName, variableValues, contextValue, costReport }
      if (!unanswered) return operations.execute({ ...args, signal: signalOfSocket(peer.socket, results) })
      const seat = seatOf(peer, unanswered, viewer)
      // It has variables that nobody needs any more, and beginning can take long.
      unanswered = undefined
      return operations.join(args, seat)
    }
  }

/** Makes the beginning of operations. */
const createBegin = (options: ProtocolOptions, admit: Admit) => {
  const { schema, services, operations, stats, clock, log } = options
  const { limits } = services
  const peerLimits: PeerLimits = {
    subscriptions: limits.subscriptionsPerSocket,
    maxBytes: limits.socketBytes,
    rejects: stats.rejects,
  }
  const startOf = createStart(options, admit)

  /** Checks what can be checked at once. */
  return (peer: Peer, id: string, payload: OperationPayload) => {
    const { query, documentId, operationName, variables, extensions } = payload
    const { length } = peer.socket.received
    requireRate(peer, clock.now(), stats)
    peer.operations += 1
    requireFaithfulJson(peer.socket.received, IN_MESSAGE)
    const prepared = operations.prepare({ query, documentId, extensions }, peer.viewer)
    if (isRefused(prepared)) return prepared.errors
    const asked = operations.choose(prepared, { operationName, variables, extensions })
    const { operation } = asked
    const name = operation.name?.value
    debug(log, peer, { id, type: operation.operation, name }, 'operation received')
    const token = tokenInHeaders(extensions?.['headers'])
    forgetPayload(payload, name)
    if (operation.operation !== 'subscription') {
      takeOperation(peer, payload, length, peerLimits)
      return argsOf(schema, asked, startOf({ peer, asked, token, question: undefined }))
    }
    payload.documentDigest = prepared.digest
    payload.documentBytes = prepared.bytes
    // With a token of its own it waits, as it came, until that was checked.
    payload.heldBytes = subscriptionBytes(asked) + (token === undefined ? 0 : length)
    takeSubscription(peer, id, payload, peerLimits)
    const question = { operationId: id, query: prepared.text, operationName, variables }
    return argsOf(schema, asked, startOf({ peer, asked, token, question }))
  }
}

/**
 * The graphql-transport-ws protocol with Herald's rules. Whatever is wrong with an operation is an `error` message for that
 * operation; its hooks never throw, because that would close the socket and end all others on it.
 */
export const createProtocol = (options: ProtocolOptions): Server<Peer> => {
  const { maskError, refusals, log } = options

  const admit = createAdmit(options)
  const begin = createBegin(options, admit)

  const connect = async (peer: Peer, payload: unknown) => {
    const token = tokenInPayload(payload) ?? tokenInHeader(peer.authorization)
    if (token !== undefined) peer.viewer = await admit(peer, token)
    const { userId = null, role = null } = peer.viewer ?? {}
    log.info({ connectionId: peer.session.id, userId, role }, 'connection opened')
    return acknowledgement(peer)
  }

  return makeServer<Record<string, unknown>, Peer>({
    connectionInitWaitTimeout: 0,
    onConnect: async (context) => {
      const { connectionParams, extra: peer } = context
      peer.hasInit = true
      try {
        return await connect(peer, connectionParams)
      } catch (err) {
        const connectionId = peer.session.id
        if (!(err instanceof AppError)) log.error({ connectionId, err }, 'a connection could not be acknowledged')
        const { code, reason } = closingFor(err)
        tellError(refusals, code, err)
        closeSocket(peer.socket, { code, reason })
        return false
      } finally {
        endHandshake(peer)
        Object.assign(context, { connectionParams: undefined })
      }
    },
    onSubscribe: ({ extra: peer }, id, payload) => {
      try {
        return begin(peer, id, payload as OperationPayload)
      } catch (error) {
        tellError(refusals, undefined, error)
        return [maskError(error, payload.operationName)]
      }
    },
    execute: open,
    subscribe: open,
    // What is left that graphql-ws would tell as it is: a token that is refused, a result that cannot be written as JSON.
    onError: (_ctx, _id, { operationName }, errors) => errors.map((error) => maskError(error, operationName).toJSON()),
    onPong: ({ extra: { socket } }, payload) =>
      enqueueQuestion(socket.outbox, takePong(socket.outbox.acknowledgements, payload)),
    onNext: ({ extra: peer }, id, payload) => {
      releaseVariables(peer, payload as OperationPayload)
      debug(log, peer, { id }, 'result sent')
    },
    onComplete: ({ extra: peer }, id, payload) => {
      endOperation(peer, id, payload as OperationPayload)
      debug(log, peer, { id }, 'operation completed')
    },
  })
}
