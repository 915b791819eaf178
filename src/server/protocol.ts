import type { ExecutionArgs } from 'graphql'
import { makeServer, type Server } from 'graphql-ws'
import type { Authenticate } from '../auth/authenticate.ts'
import type { Viewer } from '../auth/viewer.ts'
import { limitMessages } from '../delivery/ws-internals.ts'
import type { MaskError } from '../graphql/errors.ts'
import { AppError } from '../lib/errors.ts'
import { requireFaithfulJson } from '../lib/json-text.ts'
import { takePong } from '../resume/acknowledgements.ts'
import { type BeginOptions, createBegin, debug, type StartOperation } from './begin-operation.ts'
import { closingFor } from './close-codes.ts'
import { isLarge } from './large.ts'
import { IN_MESSAGE, type OperationPayload } from './messages.ts'
import { acknowledgement, endHandshake, endOperation, type Peer, readerOf, releaseVariables } from './peer.ts'
import { PendingResults, type ResultStream } from './pending-results.ts'
import { type Refusals, reportError } from './refusals.ts'
import type { Sessions } from './session.ts'
import { closeSocket } from './socket.ts'
import type { Strangers } from './strangers.ts'
import { bearerIn, tokenInHeaders, tokenInPayload } from './token-places.ts'

export interface ProtocolOptions extends BeginOptions {
  readonly sessions: Sessions
  readonly authenticate: Authenticate
  readonly maskError: MaskError
  readonly strangers: Strangers
  readonly refusals: Refusals
}

/** Begins an operation for graphql-ws, as its `execute` and `subscribe`. Its context is the function that starts the operation. */
function open(args: ExecutionArgs): ResultStream {
  const start = args.contextValue as StartOperation
  // graphql-ws keeps the arguments as long as the operation lasts, although it has read what it needs.
  Object.assign(args, { document: undefined, contextValue: undefined })
  return new PendingResults(start)
}

type Admit = (peer: Peer, token: string) => Promise<Viewer>

function createAdmit({ authenticate, sessions, services, strangers }: ProtocolOptions): Admit {
  return async (peer, token) => {
    const viewer = await authenticate(token, peer.address).catch((error: unknown) => {
      throw strangers.refused(peer.address, error)
    })
    sessions.admit(peer.session, viewer)
    limitMessages(peer.socket.ws, services.limits.requestBytes)
    return viewer
  }
}

/**
 * Returns the handler of `subscribe` messages. A token in the message is checked first. Whatever is wrong becomes an error of the
 * operation.
 */
function createReceive(options: ProtocolOptions, admit: Admit) {
  const { heldBytes, peerBudgets, maskError, refusals } = options
  const begin = createBegin(options)

  /** Admits the viewer of a token that came with an operation. Until the token was checked, the bytes of the message are counted. */
  const viewerOf = async (peer: Peer, token: string, length: number): Promise<Viewer> => {
    heldBytes.hold(peer.session, length)
    try {
      return await admit(peer, token)
    } finally {
      heldBytes.release(peer.session, length)
    }
  }

  return (peer: Peer, id: string, payload: OperationPayload) => {
    const refuse = (error: unknown) => {
      reportError(refusals, undefined, error)
      return [maskError(error, payload.operationName)]
    }
    try {
      const { length } = peer.socket.received
      peerBudgets.requireRate(peer)
      peer.operations += 1
      // A large message was already counted, before it was read.
      if (!isLarge(peer.socket.received)) peerBudgets.read(readerOf(peer), length)
      requireFaithfulJson(peer.socket.received, IN_MESSAGE)
      const token = tokenInHeaders(payload.extensions?.['headers'])
      if (token === undefined) return begin(peer, id, payload, { viewer: peer.viewer, length })
      return viewerOf(peer, token, length)
        .then((viewer) => begin(peer, id, payload, { viewer, length }))
        .catch(refuse)
    } catch (error) {
      return refuse(error)
    }
  }
}

/**
 * The graphql-transport-ws protocol with Herald's rules. Whatever is wrong with an operation becomes an `error` message for that operation.
 * Hooks never throw, because that would close the socket and end all other operations on it.
 */
export function createProtocol(options: ProtocolOptions): Server<Peer> {
  const { heldBytes, maskError, peerBudgets, refusals, log } = options

  const admit = createAdmit(options)
  const receive = createReceive(options, admit)

  const connect = async (peer: Peer, payload: unknown) => {
    const token = tokenInPayload(payload) ?? bearerIn(peer.authorization)
    if (token === undefined) peerBudgets.enterAnonymous(peer)
    else peer.viewer = await admit(peer, token)
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
        reportError(refusals, code, err)
        closeSocket(peer.socket, { code, reason })
        return false
      } finally {
        endHandshake(peer)
        Object.assign(context, { connectionParams: undefined })
      }
    },
    onSubscribe: ({ extra: peer }, id, payload) => receive(peer, id, payload as OperationPayload),
    execute: open,
    subscribe: open,
    // Other errors are masked before. This one is left: a result that cannot be written as JSON.
    onError: (_ctx, _id, { operationName }, errors) => errors.map((error) => maskError(error, operationName).toJSON()),
    onPong: ({ extra: { socket } }, payload) => socket.sink.ping(takePong(socket.sink.acknowledgements, payload)),
    onNext: ({ extra: peer }, id, payload) => {
      releaseVariables(peer, payload as OperationPayload, heldBytes)
      debug(log, peer, { id }, 'result sent')
    },
    onComplete: ({ extra: peer }, id, payload) => {
      if (endOperation(peer, id, payload as OperationPayload, heldBytes)) peerBudgets.unsubscribe(peer)
      debug(log, peer, { id }, 'operation completed')
    },
  })
}
