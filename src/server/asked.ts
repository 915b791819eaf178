import { GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql'
import { type Costs, writeCost } from '../graphql/cost.ts'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import { AppError, badInput } from '../lib/errors.ts'
import type { Limits } from '../lib/limits.ts'

/** What a client asks of a document that may be executed. */
export interface Asked {
  readonly prepared: PreparedDocument
  readonly operation: OperationDefinitionNode
  /** As it was asked, or null. */
  readonly operationName: string | null
  /** Those that the operation declares; null when there are none. */
  readonly variableValues: Readonly<Record<string, unknown>> | null
  /** Bytes of the variables of a subscription, as JSON. */
  readonly variableBytes: number
  /** What it costs; see `Costs`. */
  readonly cost: number
  /** The client wants to know what it costs: `extensions: { cost: true }`. */
  readonly wantsCost: boolean
}

/** What a client sent beside the document. */
export interface Asking {
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
  /** Whatever a client sent as such. */
  readonly extensions?: unknown
}

export interface ChooseOptions {
  readonly costs: Costs
  readonly limits: Pick<Limits, 'subscriptionVariableBytes' | 'operationCost'>
}

const WHICH_OPERATION = 'Say with operationName which operation of the document to run.'

/** Nothing else can change what an operation does. */
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
 * Chooses the operation of a document and the variables that it declares. Throws a GraphQLError when it is not said which, and BAD_USER_INPUT when
 * it costs too much, or the variables of a subscription are larger than what is kept as long as it lasts.
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
  // Not what was sent: the document's own is there anyway.
  const name = operationName == null ? null : (operation.name?.value ?? null)
  const wantsCost = (extensions as { readonly cost?: unknown } | null | undefined)?.cost === true
  return { prepared, operation, operationName: name, variableValues, variableBytes, cost, wantsCost }
}

/** What a subscription takes beside its document and its variables, about. */
const SUBSCRIPTION_BYTES = 2_000
/** Variables are kept as they came, as they were understood, and by what follows. */
const COPIES = 3

/** Bytes of memory that a subscription takes as long as it lasts, about; without its document. */
export function subscriptionBytes({ variableBytes }: Asked): number {
  return SUBSCRIPTION_BYTES + COPIES * variableBytes
}
