import { type DocumentNode, type ExecutionArgs, getOperationAST, type OperationDefinitionNode, visit } from 'graphql'
import { canonicalJson } from '../lib/json.ts'

const numbers = new WeakMap<DocumentNode, number>()
let documents = 0

const numberOf = (document: DocumentNode): number => {
  const known = numbers.get(document)
  if (known !== undefined) return known
  documents += 1
  numbers.set(document, documents)
  return documents
}

/** The variable that is used for nothing but where a log begins: it differs from client to client and changes no result. */
const startVariable = (operation: OperationDefinitionNode): string | undefined => {
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

/**
 * Names the question that a subscription asks: the document, the operation in it, and the variables. Two subscriptions with
 * the same name get the same results, as far as those do not depend on who asks. Documents are told apart by identity, so
 * only those from the cache of the policy are found equal.
 */
export const questionOf = ({ document, operationName, variableValues }: ExecutionArgs): string => {
  const operation = getOperationAST(document, operationName)
  const start = operation && startVariable(operation)
  const variables = Object.entries(variableValues ?? {}).filter(([name]) => name !== start)
  return canonicalJson([numberOf(document), operationName ?? null, Object.fromEntries(variables)])
}
