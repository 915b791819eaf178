import type { DocumentNode, FieldNode, SelectionSetNode, ValueNode } from 'graphql'
import type { Selected } from '../caches/inbox-lists.ts'
import type { RootField } from './changes.ts'

function valueIn(node: ValueNode, variables: Selected): unknown {
  switch (node.kind) {
    case 'Variable':
      return variables[node.name.value]
    case 'ListValue':
      return node.values.map((value) => valueIn(value, variables))
    case 'ObjectValue':
      return Object.fromEntries(node.fields.map(({ name, value }) => [name.value, valueIn(value, variables)]))
    case 'NullValue':
      return null
    case 'IntValue':
    case 'FloatValue':
      return Number(node.value)
    default:
      return node.value
  }
}

/** The fields at the top of a document, those in fragments included. */
function* fieldsOf(document: DocumentNode, set: SelectionSetNode): Generator<FieldNode> {
  for (const one of set.selections) {
    if (one.kind === 'Field') yield one
    else if (one.kind === 'InlineFragment') yield* fieldsOf(document, one.selectionSet)
    else {
      const { name } = one
      for (const part of document.definitions) {
        if (part.kind === 'FragmentDefinition' && part.name.value === name.value)
          yield* fieldsOf(document, part.selectionSet)
      }
    }
  }
}

/** Whether a document is a subscription, a query or a mutation. */
export function kindOf(document: DocumentNode): string {
  for (const part of document.definitions) if (part.kind === 'OperationDefinition') return part.operation
  return 'query'
}

/** The objects at the top of a result, each with the arguments that it was asked with. */
export function rootFields(document: DocumentNode, variables: Selected, data: Selected): readonly RootField[] {
  const found = new Map<string, RootField>()
  for (const part of document.definitions) {
    if (part.kind !== 'OperationDefinition') continue
    for (const { alias, name, arguments: given = [] } of fieldsOf(document, part.selectionSet)) {
      const key = (alias ?? name).value
      const value = data[key]
      if (!value || typeof value !== 'object' || Array.isArray(value)) continue
      const args = Object.fromEntries(given.map((one) => [one.name.value, valueIn(one.value, variables)]))
      found.set(key, { value: value as Selected, args })
    }
  }
  return [...found.values()]
}
