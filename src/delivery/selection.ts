import {
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLIncludeDirective,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  isAbstractType,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** The context of an operation that decides which fields are asked for, beside the type of a value. */
export interface Selecting {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The coerced variables. */
  readonly variables: Readonly<Record<string, unknown>>
}

function isIncluded(node: SelectionNode, { variables }: Selecting): boolean {
  return (
    !node.directives?.length ||
    (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] !== true &&
      getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false)
  )
}

function isFor(condition: string | undefined, type: GraphQLObjectType, { schema }: Selecting): boolean {
  if (condition === undefined || condition === type.name) return true
  const named = schema.getType(condition)
  return isAbstractType(named) && schema.isSubType(named, type)
}

/**
 * The fields that selections ask for on an object, with fragments spread out. They are by response key, in the order of their first
 * mention. This is CollectFields of the GraphQL specification (October 2021, section 6.3.2), for several selections that are merged.
 */
export function fieldsOf(
  selections: readonly SelectionSetNode[],
  type: GraphQLObjectType,
  selecting: Selecting,
): ReadonlyMap<string, readonly FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const seen = new Set<string>()

  const spread = (name: string): void => {
    const fragment = selecting.fragments.get(name)
    if (seen.has(name) || !fragment) return
    seen.add(name)
    if (isFor(fragment.typeCondition.name.value, type, selecting)) collect(fragment.selectionSet)
  }

  const collect = ({ selections: nodes }: SelectionSetNode): void => {
    for (const node of nodes) {
      if (!isIncluded(node, selecting)) continue
      if (node.kind === 'FragmentSpread') spread(node.name.value)
      else if (node.kind === 'InlineFragment') {
        if (isFor(node.typeCondition?.name.value, type, selecting)) collect(node.selectionSet)
      } else {
        const key = (node.alias ?? node.name).value
        const known = fields.get(key)
        if (known) known.push(node)
        else fields.set(key, [node])
      }
    }
  }

  for (const selection of selections) collect(selection)
  return fields
}
