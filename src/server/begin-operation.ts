import type { ExecutionArgs, ExecutionResult, GraphQLSchema } from 'graphql'
import type { Viewer } from '../auth/viewer.ts'
import { operationId } from '../delivery/message.ts'
import type { Delivery, Subscribing } from '../delivery/sink.ts'
import { type Context, contextOn, type Services } from '../graphql/context.ts'
import { isRefused } from '../graphql/policy.ts'
import type { Log } from '../lib/log.ts'
import { takeUp } from '../resume/acknowledgements.ts'
import type { SubscriptionHead } from '../resume/checkpoint.ts'
import { type AskedSubscription, checkpointKey } from '../resume/checkpoint-key.ts'
import type { Answers } from './answers.ts'
import { type Asked, subscriptionBytes } from './asked.ts'
import { hasBegun, whenBegun } from './beginnings.ts'
import { type CostReport, costReportOf } from './cost-report.ts'
import type { HeldBytes } from './held-bytes.ts'
import { forgetPayload, type OperationPayload } from './messages.ts'
import type { OperationArgs, Operations } from './operations.ts'
import { type Peer, type PeerLimits, takeOperation, takeSubscription } from './peer.ts'
import type { PeerBudgets } from './peer-budgets.ts'
import type { PendingResults } from './pending-results.ts'
import type { ServerStats } from './server-stats.ts'
import { canAnswer } from './socket.ts'
import { signalOfSocket } from './wanted-still.ts'

export interface BeginOptions {
  readonly schema: GraphQLSchema
  readonly services: Services
  readonly operations: Operations
  readonly peerBudgets: PeerBudgets
  readonly heldBytes: HeldBytes
  readonly answers: Answers
  readonly stats: ServerStats
  readonly log: Log
}

/**
 * Runs an operation that was checked. Resolves to the result of a query or mutation, to the delivery of a subscription, or to one result
 * when a subscription was refused.
 */
export type StartOperation = (results: PendingResults) => Promise<ExecutionResult | Delivery>

/** The arguments for graphql-ws. All keys are written out: it would add missing ones, which takes more memory. */
function argsOf(schema: GraphQLSchema, { prepared, operationName }: Asked, start: StartOperation): ExecutionArgs {
  return {
    schema,
    document: prepared.document,
    operationName,
    variableValues: null,
    contextValue: start,
    rootValue: undefined,
  }
}

/**
 * What the engine needs to deliver a subscription on a socket. With a token it has a checkpoint key, so that it continues when its client
 * sends the same operation again on its next socket.
 */
function subscribingOf(
  peer: Peer,
  subscription: Omit<AskedSubscription, 'userId'>,
  viewer: Viewer | undefined,
  ending: PendingResults,
): Omit<Subscribing, 'extensions'> {
  const { sink } = peer.socket
  const { operationId: id } = subscription
  const key = viewer && checkpointKey({ ...subscription, userId: viewer.userId })
  const resume = key && ((head: SubscriptionHead) => takeUp(sink.acknowledgements, key, head))
  return { sink, id: operationId(id), resume, onBegun: () => hasBegun(peer, id), ending }
}

/** Logs an event of one connection, if the log level is `debug`. */
export function debug(log: Log, { session }: Peer, fields: object, message: string): void {
  if (log.isLevelEnabled('debug')) log.debug({ connectionId: session.id, ...fields }, message)
}

/** An operation that was checked, as far as that is possible without waiting. */
interface Accepted {
  readonly peer: Peer
  readonly payload: OperationPayload
  readonly asked: Asked
  readonly viewer: Viewer | undefined
  readonly costReport: CostReport | undefined
  /** What recognises a subscription when its client comes back; undefined for a query or mutation. */
  readonly subscription: Omit<AskedSubscription, 'userId'> | undefined
}

/** Returns a function that makes the `StartOperation` of a checked operation. Its client can end the operation while it waits. */
function createStart({ schema, services, operations, answers }: BeginOptions) {
  return ({ peer, payload, asked, viewer, costReport, subscription }: Accepted): StartOperation => {
    const { prepared, operationName, variableValues } = asked
    let unanswered = subscription
    return async (results) => {
      if (!unanswered && peer.beginnings.length > 0) await whenBegun(peer)
      // Nothing is executed that cannot be answered, or that the client has taken back.
      if (results.isOver || !canAnswer(peer.socket)) return {}
      const contextValue: Context = contextOn(services, { viewer, connectionId: peer.session.id, isSocket: true })
      const args: OperationArgs = { schema, prepared, operationName, variableValues, contextValue, costReport }
      if (!unanswered) {
        payload.answering = answers.begin(viewer, signalOfSocket(peer.socket, results))
        return operations.execute({ ...args, work: payload.answering.work })
      }
      const subscribing = subscribingOf(peer, unanswered, viewer, results)
      // It keeps variables that are no longer needed, and beginning can take long.
      unanswered = undefined
      return operations.subscribe(args, subscribing)
    }
  }
}

/** What is known of a `subscribe` message before its operation is checked. */
export interface ReceivedMessage {
  readonly viewer: Viewer | undefined
  /** The length of the message, in characters. */
  readonly length: number
}

/**
 * Returns the function that checks and counts an operation. It returns the arguments for graphql-ws, or errors when the document is
 * refused. It throws an AppError when a budget or limit is used up.
 */
export function createBegin(options: BeginOptions) {
  const { schema, services, operations, peerBudgets: budgets, stats, log } = options
  const { limits } = services
  const peerLimits: PeerLimits = {
    subscriptions: limits.subscriptionsPerSocket,
    heldBytes: options.heldBytes,
    rejects: stats.rejects,
    budgets,
  }
  const startOf = createStart(options)

  return (peer: Peer, id: string, payload: OperationPayload, { viewer, length }: ReceivedMessage) => {
    const { query, documentId, operationName, variables, extensions } = payload
    budgets.requireOperation(peer, viewer, query)
    const check = (text: string): void => budgets.check(viewer, text)
    const prepared = operations.prepare({ query, documentId, extensions }, viewer, check)
    if (isRefused(prepared)) return prepared.errors
    const asked = operations.choose(prepared, { operationName, variables, extensions })
    const costReport = costReportOf(asked, limits, budgets.spend(peer, viewer, asked.cost))
    const { operation } = asked
    const name = operation.name?.value
    debug(log, peer, { id, type: operation.operation, name }, 'operation received')
    forgetPayload(payload, name)
    if (operation.operation !== 'subscription') {
      takeOperation(peer, payload, length, peerLimits)
      return argsOf(schema, asked, startOf({ peer, payload, asked, viewer, costReport, subscription: undefined }))
    }
    payload.documentDigest = prepared.digest
    payload.documentBytes = prepared.bytes
    payload.heldBytes = subscriptionBytes(asked)
    takeSubscription(peer, id, payload, peerLimits)
    const subscription = { operationId: id, query: prepared.text, operationName, variables }
    return argsOf(schema, asked, startOf({ peer, payload, asked, viewer, costReport, subscription }))
  }
}
