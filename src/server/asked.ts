import { GraphQLError, getOperationAST, type OperationDefinitionNode } from 'graphql'
import type { PreparedDocument } from '../graphql/document-cache.ts'
import { badInput } from '../lib/errors.ts'
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
}

/** What a client sent beside the document. */
export interface Asking {
  readonly operationName?: string | null | undefined
  readonly variables?: Readonly<Record<string, unknown>> | null | undefined
}

const WHICH_OPERATION = 'Say with operationName which operation of the document to run.'

/** Nothing else can change what an operation does. */
const declaredOf = (
  { variableDefinitions = [] }: OperationDefinitionNode,
  variables: Asking['variables'],
): Asked['variableValues'] => {
  if (!variables) return null
  const names = variableDefinitions.map(({ variable }) => variable.name.value)
  const given = names.filter((name) => Object.hasOwn(variables, name))
  return given.length === 0 ? null : Object.fromEntries(given.map((name) => [name, variables[name]]))
}

const bytesOf = (variables: Asked['variableValues']): number =>
  variables === null ? 0 : Buffer.byteLength(JSON.stringify(variables))

/**
 * Chooses the operation of a document and the variables that it declares. Throws a GraphQLError when it is not said which, and BAD_USER_INPUT when
 * the variables of a subscription are larger than what is kept as long as it lasts.
 */
export function chooseOperation(
  prepared: PreparedDocument,
  { operationName, variables }: Asking,
  { subscriptionVariableBytes: max }: Pick<Limits, 'subscriptionVariableBytes'>,
): Asked {
  const operation = getOperationAST(prepared.document, operationName)
  if (!operation) throw new GraphQLError(WHICH_OPERATION)
  const variableValues = declaredOf(operation, variables)
  const variableBytes = operation.operation === 'subscription' ? bytesOf(variableValues) : 0
  if (variableBytes > max) {
    throw badInput(
      `The variables of a subscription must not have more than ${max} bytes as JSON; these have ${variableBytes}.`,
    )
  }
  // Not what was sent: the document's own is there anyway.
  const name = operationName == null ? null : (operation.name?.value ?? null)
  return { prepared, operation, operationName: name, variableValues, variableBytes }
}

/** What a subscription takes beside its document and its variables, about. */
const SUBSCRIPTION_BYTES = 2_000
/** Variables are kept as they came, as they were understood, and by what follows. */
const COPIES = 3

/** Bytes of memory that a subscription takes as long as it lasts, about; without its document. */
export function subscriptionBytes({ variableBytes }: Asked): number {
  return SUBSCRIPTION_BYTES + COPIES * variableBytes
}
