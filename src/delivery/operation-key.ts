import { createHash } from 'node:crypto'
import { type ExecutionArgs, getOperationAST, type OperationDefinitionNode, visit } from 'graphql'
import { canonicalJson } from '../lib/json.ts'

/** A subscription as it was asked. */
export interface SubscriptionArgs extends ExecutionArgs {
  /** Names the text of the document: documents with the same one are equal. */
  readonly documentDigest: string
}

/** A key is kept once per subscriber, so a long one is kept as its hash. */
const MAX_LENGTH = 200

/** The variable that is used for nothing but where a log begins: it differs from client to client and changes no result. */
function startVariable(operation: OperationDefinitionNode): string | undefined {
  const [field] = operation.selectionSet.selections
  const after = field?.kind === 'Field' ? field.arguments?.find(({ name }) => name.value === 'after') : undefined
  if (after?.value.kind !== 'Variable') return undefined
  const start = after.value.name.value
  let uses = 0
  visit(operation, {
    VariableDefinition: () => false,
    Variable: ({ name }) => {
      if (name.value === start) uses += 1
    },
  })
  return uses === 1 ? start : undefined
}

function shorten(key: string): string {
  return key.length > MAX_LENGTH ? createHash('sha256').update(key).digest('base64url') : key
}

/**
 * Names what a subscription asks: the document, the operation in it, and the variables. Two subscriptions with
 * the same name get the same results, as far as those do not depend on who asks. Documents are told apart by their text.
 */
export function operationKey({ document, documentDigest, operationName, variableValues }: SubscriptionArgs): string {
  const operation = getOperationAST(document, operationName)
  const start = operation && startVariable(operation)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== start)
  return shorten(canonicalJson([documentDigest, operationName ?? null, Object.fromEntries(variables)]))
}
