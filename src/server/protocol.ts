import type { ExecutionArgs, GraphQLSchema } from 'graphql'
import { makeServer, type Server, type SubscribePayload } from 'graphql-ws'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import { openBookmark, takePong } from '../delivery/acknowledgements.ts'
import { operationId } from '../delivery/frame.ts'
import { enqueueQuestion } from '../delivery/outbox.ts'
import { type LanePosition, positionKey } from '../delivery/positions.ts'
import type { ResultStream, Seat, SeatedResults } from '../delivery/results.ts'
import type { Context, Services } from '../graphql/context.ts'
import type { MaskError } from '../graphql/errors.ts'
import type { Clock } from '../lib/clock.ts'
import { AppError } from '../lib/errors.ts'
import { requireFaithfulJson } from '../lib/json-text.ts'
import type { Log } from '../lib/log.ts'
import { type Rate, take } from '../lib/rate.ts'
import { writeTime } from '../lib/time.ts'
import { type Beginnings, begins, hasBegun, whenBegun } from './beginnings.ts'
import { closingFor } from './close-codes.ts'
import type { Operations } from './operations.ts'
import { PendingResults } from './pending-results.ts'
import { type Refusals, tellError } from './refusals.ts'
import type { ServerStats } from './server-stats.ts'
import type { Session, Sessions } from './session.ts'
import { canAnswer, closeSocket, type Socket } from './socket.ts'
import { tokenInHeader, tokenInHeaders, tokenInPayload } from './token-places.ts'

/** One client of the protocol, and what it is doing. */
export interface Peer extends Beginnings {
  readonly socket: Socket
  readonly session: Session
  /** The header of its request, until that was used: tokens are not kept. */
  authorization: string | undefined
  /** How fast it may begin operations. */
  readonly rate: Rate
  /** The ids of its subscriptions. */
  subscriptions: readonly string[]
  /** Lets the next one shake hands; to be called when it was acknowledged or refused. */
  leaveHandshake: () => void
  /** It has sent `connection_init`. */
  hasInit: boolean
  /** Who connected; undefined without a token, and until the connection is acknowledged. */
  viewer: Viewer | undefined
  operations: number
}

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

const nothing = (): void => {}

/** What a client asks is the `payload` of its message. */
const IN_MESSAGE = { skip: 1 }

/** What was only needed to connect is let go. */
export const endHandshake = (peer: Peer): void => {
  peer.leaveHandshake()
  peer.leaveHandshake = nothing
  peer.authorization = undefined
}

/** Begins an operation with the arguments that graphql-ws keeps as long as it lasts. Rejects when its token is refused. */
type Start = (args: ExecutionArgs, results: PendingResults) => Promise<SeatedResults>

/** How to begin is in the place of the context that it makes. */
const open = (args: ExecutionArgs): ResultStream => {
  const start = args.contextValue as Start
  return new PendingResults((results) => start(args, results))
}

/** With every key at once: graphql-ws adds those that are missing, which takes room of its own. */
const argsOf = (
  { schema, document }: Pick<ExecutionArgs, 'schema' | 'document'>,
  { operationName, variables }: SubscribePayload,
  start: Start,
): ExecutionArgs => ({
  schema,
  document,
  operationName: operationName ?? null,
  variableValues: variables ?? null,
  contextValue: start,
  rootValue: undefined,
})

const acknowledgement = ({ session, viewer }: Peer) => ({
  connectionId: session.id,
  userId: viewer?.userId ?? null,
  role: viewer?.role ?? null,
  name: viewer?.name ?? null,
  expiresAt: viewer ? writeTime(viewer.expiresAt) : null,
})

const requireRate = ({ rate }: Peer, now: number, { rejects }: ServerStats): void => {
  const retryAfterMs = take(rate, now)
  if (retryAfterMs > 0) {
    rejects.add('operations_per_second')
    const advice = 'A client that means it? Raise MAX_OPERATIONS_PER_SECOND.'
    throw new AppError('RATE_LIMITED', 'Too many operations on this connection.', { retryAfterMs }, { advice })
  }
}

const takeSubscription = (peer: Peer, id: string, limit: number, { rejects }: ServerStats): void => {
  if (peer.subscriptions.length >= limit) {
    rejects.add('subscriptions_per_socket')
    const advice = 'A page that means it? Raise MAX_SUBSCRIPTIONS_PER_SOCKET.'
    const message = `This connection has ${limit} subscriptions already. End one first.`
    throw new AppError('RATE_LIMITED', message, {}, { advice })
  }
  peer.subscriptions = peer.subscriptions.concat(id)
  begins(peer, id)
}

const endSubscription = (peer: Peer, id: string): void => {
  const index = peer.subscriptions.indexOf(id)
  if (index >= 0) peer.subscriptions = peer.subscriptions.toSpliced(index, 1)
  hasBegun(peer, id)
}

const seatOf = (
  peer: Peer,
  id: string,
  viewer: Viewer | undefined,
  { query, operationName, variables }: SubscribePayload,
): Seat => {
  const { outbox } = peer.socket
  const key = viewer && positionKey({ userId: viewer.userId, operationId: id, query, operationName, variables })
  const open = key && ((lane: LanePosition) => openBookmark(outbox.acknowledgements, key, lane))
  return { outbox, id: operationId(id), open, onBegun: () => hasBegun(peer, id) }
}

/** Logs for those who look for one connection. */
const debug = (log: Log, { session }: Peer, fields: object, message: string): void => {
  if (log.isLevelEnabled('debug')) log.debug({ connectionId: session.id, ...fields }, message)
}

type Admit = (peer: Peer, token: string) => Promise<Viewer>

const createAdmit =
  ({ authenticate, sessions }: ProtocolOptions): Admit =>
  async (peer, token) => {
    const viewer = await authenticate(token)
    sessions.admit(peer.session, viewer)
    return viewer
  }

/** Makes the beginning of operations. */
const createBegin = (options: ProtocolOptions, admit: Admit) => {
  const { schema, services, operations, stats, refusals, clock, log } = options

  /** Checks what can be checked at once; the rest is `start`, which a client can end before it is through. */
  return (peer: Peer, id: string, payload: SubscribePayload) => {
    const { query, operationName, extensions } = payload
    requireRate(peer, clock.now(), stats)
    peer.operations += 1
    requireFaithfulJson(peer.socket.received, IN_MESSAGE)
    const prepared = operations.prepare(query, operationName)
    if (!('document' in prepared)) return prepared
    const { document, operation } = prepared
    // graphql-ws keeps the payload as long as the operation: all who ask the same keep one copy of the text.
    Object.assign(payload, { query: document.loc?.source.body })
    const isSubscription = operation.operation === 'subscription'
    debug(log, peer, { id, type: operation.operation, name: operation.name?.value }, 'operation received')
    if (isSubscription) takeSubscription(peer, id, services.limits.subscriptionsPerSocket, stats)
    const refuse = (error: unknown): never => {
      tellError(refusals, undefined, error)
      throw error
    }
    const start: Start = async (args, results) => {
      const token = tokenInHeaders(extensions?.['headers'])
      const viewer = token === undefined ? peer.viewer : await admit(peer, token).catch(refuse)
      if (!isSubscription && peer.beginnings.length > 0) await whenBegun(peer)
      // Nothing is executed that cannot be answered, or that the client has taken back.
      if (results.isOver || !canAnswer(peer.socket)) return {}
      const contextValue: Context = { ...services, viewer, connectionId: peer.session.id, isSocket: true }
      args.contextValue = contextValue
      return isSubscription ? operations.join(args, seatOf(peer, id, viewer, payload)) : operations.execute(args)
    }
    return argsOf({ schema, document }, payload, start)
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
        return begin(peer, id, payload)
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
    onNext: ({ extra: peer }, id) => debug(log, peer, { id }, 'result sent'),
    onComplete: ({ extra: peer }, id) => {
      endSubscription(peer, id)
      debug(log, peer, { id }, 'operation completed')
    },
  })
}
