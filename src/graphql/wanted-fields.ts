import {
  type DirectiveNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import { fieldsOf, type Selecting } from '../delivery/selection.ts'
import type { Wanted, WantedPage } from '../lib/wanted.ts'

/** Where a value is below a field, by the names of the fields in between. */
type Place = readonly string[]

function selectionsOf(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
}

function possibleTypes(type: GraphQLNamedType, { schema }: Selecting): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

/** The names of the fields at a place; a type that has no such place adds none. */
function namesAt(
  type: GraphQLNamedType,
  selections: readonly SelectionSetNode[],
  [step, ...further]: Place,
  selecting: Selecting,
): readonly string[] {
  return possibleTypes(type, selecting).flatMap((possible) => {
    const nodes = [...fieldsOf(selections, possible, selecting).values()].flat()
    if (step === undefined) return nodes.map(({ name }) => name.value)
    const field = possible.getFields()[step]
    const inner = selectionsOf(nodes.filter(({ name }) => name.value === step))
    return field ? namesAt(getNamedType(field.type), inner, further, selecting) : []
  })
}

/**
 * Which fields an operation asks of the objects at these places below a field; of the value of the field itself without a place:
 * `wantedAt(info, ['nodes'], ['edges', 'node'])`.
 */
export function wantedAt(info: GraphQLResolveInfo, ...places: readonly Place[]): Wanted {
  const { schema, variableValues: variables } = info
  const selecting = { schema, variables, fragments: new Map(Object.entries(info.fragments)) }
  const selections = selectionsOf(info.fieldNodes)
  const type = getNamedType(info.returnType)
  return new Set((places.length === 0 ? [[]] : places).flatMap((place) => namesAt(type, selections, place, selecting)))
}

/** Of all entries of a list the same is asked, and graphql then hands over the same nodes. */
const pages = new WeakMap<readonly FieldNode[], WantedPage>()

/** What an operation asks of a page. */
export function wantedPage(info: GraphQLResolveInfo): WantedPage {
  const known = pages.get(info.fieldNodes)
  if (known) return known
  const wanted = { page: wantedAt(info), entries: wantedAt(info, ['nodes'], ['edges', 'node']) }
  pages.set(info.fieldNodes, wanted)
  return wanted
}

function isConditional({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include'
}

/** Whether which fields are asked for can depend on variables. */
function dependsOnVariables({ operation, fragments }: GraphQLResolveInfo): boolean {
  let depends = false
  const Directive = (node: DirectiveNode): void => {
    depends ||= isConditional(node)
  }
  for (const definition of [operation, ...Object.values(fragments)]) visit(definition, { Directive })
  return depends
}

const items = new WeakMap<OperationDefinitionNode, { readonly wanted: Wanted }>()

/**
 * What a subscription asks of each item that it is sent, at this place. One answer for all who send the same document, since there are many;
 * all fields where that could depend on variables.
 */
export function wantedOfItems(info: GraphQLResolveInfo, ...place: Place): Wanted {
  const { operation } = info
  const known = items.get(operation) ?? { wanted: dependsOnVariables(info) ? undefined : wantedAt(info, place) }
  items.set(operation, known)
  return known.wanted
}
