import { GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { type Costs, writeCost } from '../graphql/cost.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import { AppError, badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'

/** The operation of a document that a client asks for, with its variables and its cost. It may be executed. */
export interface Asked {
  readonly prepared: PreparedDocument
  readonly operation: OperationDefinitionNode
  /** The name that the client asked for; null when it gave none. */
  readonly operationName: string | null
  /** The variables that the operation declares, as far as the client sent them; null when there are none. */
  readonly variableValues: Readonly<Record<string, unknown>> | null
  /** Bytes of the variables of a subscription, as JSON; 0 for a query or mutation. */
  readonly variableBytes: number
  /** What the operation costs; see `Costs`. */
  readonly cost: number
  /** Whether the client asked for the cost in the answer, by `extensions: { cost: true }`. */
  readonly wantsCost: boolean
}

/** What a client sent beside a document. */
export interface Asking {
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** Not checked: any JSON value that a client sent as `extensions`. */
  readonly extensions?: unknown
}

export interface ChooseOptions {
  readonly costs: Costs
  readonly limits: Pick<Limits, 'subscriptionVariableBytes' | 'operationCost'>
}

const WHICH_OPERATION = 'Say with operationName which operation of the document to run.'

/**
 * The variables that an operation declares; null when there are none. Others are left out, since they cannot change what the operation
 * does.
 */
function declaredOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Asking['variables'],
): Asked['variableValues'] {
  if (!variables) return null
  const names = variableDefinitions.map(({ variable }) => variable.name.value)
  const given = names.filter((name) => Object.hasOwn(variables, name))
  return given.length === 0 ? null : Object.fromEntries(given.map((name) => [name, variables[name]]))
}

function bytesOf(variables: Asked['variableValues']): number {
  return variables === null ? 0 : Buffer.byteLength(JSON.stringify(variables))
}

function requireAffordable(cost: number, limit: number): void {
  if (cost <= limit) return
  const message = `This operation costs ${writeCost(cost)}, at most ${limit} is allowed. Ask for less at a time.`
  throw new AppError('BAD_USER_INPUT', message, { cost: Number.isFinite(cost) ? cost : null, limit })
}

/**
 * Chooses the operation of a document, and the variables that it declares. Throws a GraphQLError when `operationName` does not say which
 * operation. Throws BAD_USER_INPUT when the operation costs too much, or when the variables of a subscription, which are kept as long as it
 * lasts, are too large.
 */
export function chooseOperation(
  prepared: PreparedDocument,
  { operationName, variables, extensions }: Asking,
  { costs, limits: { subscriptionVariableBytes: max, operationCost } }: ChooseOptions,
): Asked {
  const operation = getOperationAST(prepared.document, operationName)
  if (!operation) throw new GraphQLError(WHICH_OPERATION)
  const variableValues = declaredOf(operation, variables)
  const cost = costs.of(prepared.document, operation, variableValues)
  requireAffordable(cost, operationCost)
  const variableBytes = operation.operation === 'subscription' ? bytesOf(variableValues) : 0
  if (variableBytes > max) {
    throw badInput(
      `The variables of a subscription must not have more than ${max} bytes as JSON; these have ${variableBytes}.`,
    )
  }
  // The name in the document, rather than the one that was sent: it is in memory anyway.
  const name = operationName == null ? null : (operation.name?.value ?? null)
  const wantsCost = (extensions as { readonly cost?: unknown } | null | undefined)?.cost === true
  return { prepared, operation, operationName: name, variableValues, variableBytes, cost, wantsCost }
}

/** Bytes of memory that a subscription takes beside its document and variables, about. */
const SUBSCRIPTION_BYTES = 2_000
/** How many copies of the variables are in memory: as they came, as GraphQL understood them, and in what is made of them. */
const COPIES = 3

/** Bytes of memory that a subscription takes as long as it lasts, about, without its document. */
export function subscriptionBytes({ variableBytes }: Asked): number {
  return SUBSCRIPTION_BYTES + COPIES * variableBytes
}
