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
import type { WantedList } from '../tickets/follow-list.ts'

/** The way from a field to a value below it, by the names of fields: `['edges', 'node']`. */
type Place = readonly string[]

function selectionsOf(nodes: readonly FieldNode[]): readonly SelectionSetNode[] {
  return nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
}

function possibleTypes(type: GraphQLNamedType, { schema }: Selecting): readonly GraphQLObjectType[] {
  if (isObjectType(type)) return [type]
  return isAbstractType(type) ? schema.getPossibleTypes(type) : []
}

/** The names of the fields that are selected at a place below a type; a type without that place adds none. */
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
 * The fields that an operation asks of the objects at these places below a field. Without a place, those of the value of the field itself.
 * Example: `wantedAt(info, ['nodes'], ['edges', 'node'])`.
 */
export function wantedAt(info: GraphQLResolveInfo, ...places: readonly Place[]): Wanted {
  const { schema, variableValues: variables } = info
  const selecting = { schema, variables, fragments: new Map(Object.entries(info.fragments)) }
  const selections = selectionsOf(info.fieldNodes)
  const type = getNamedType(info.returnType)
  return new Set((places.length === 0 ? [[]] : places).flatMap((place) => namesAt(type, selections, place, selecting)))
}

/**
 * What was found for the nodes of a field. graphql-js uses the same nodes for all entries of a list, which are asked for the same fields.
 */
const pages = new WeakMap<readonly FieldNode[], WantedPage>()

/** The fields that an operation asks of a page and of its entries. */
export function wantedPage(info: GraphQLResolveInfo): WantedPage {
  const known = pages.get(info.fieldNodes)
  if (known) return known
  const entries = wantedAt(info, ['nodes'], ['edges', 'node'])
  const wanted = { page: wantedAt(info), entries, unseen: mentions(info, 'unseen') }
  pages.set(info.fieldNodes, wanted)
  return wanted
}

/** The fields that an operation asks of a page of tickets, of its tickets, and of the newest message of each. */
export function wantedTickets(info: GraphQLResolveInfo) {
  return {
    ...wantedPage(info),
    lastMessage: wantedAt(info, ['nodes', 'lastMessage'], ['edges', 'node', 'lastMessage']),
  }
}

function isConditional({ name }: DirectiveNode): boolean {
  return name.value === 'skip' || name.value === 'include'
}

/** Where a live list of tickets has tickets. */
const LISTED: readonly Place[] = [['ticket'], ['tickets', 'nodes'], ['tickets', 'edges', 'node']]

const lists = new WeakMap<OperationDefinitionNode, WantedList>()

/**
 * The fields that a subscription asks of a live list of tickets. All with the same document share the answer, so that what they ask for can be
 * read together, unless it depends on variables.
 */
export function wantedList(info: GraphQLResolveInfo): WantedList {
  const known = lists.get(info.operation)
  if (known) return known
  const wanted = {
    page: wantedAt(info, ['tickets']),
    details: {
      ticket: wantedAt(info, ...LISTED),
      lastMessage: wantedAt(info, ...LISTED.map((place) => [...place, 'lastMessage'])),
    },
    counts: wantedAt(info, ['counts']),
  }
  if (!dependsOnVariables(info)) lists.set(info.operation, wanted)
  return wanted
}

/** Whether the fields that an operation asks for can depend on variables, by @skip or @include. */
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
 * The fields that a subscription asks of each item, at these places of the item. All subscribers with the same document share the answer,
 * since there are many. It is undefined, which means all fields, when it could depend on variables.
 */
export function wantedOfItems(info: GraphQLResolveInfo, ...places: readonly Place[]): Wanted {
  const { operation } = info
  const known = items.get(operation) ?? { wanted: dependsOnVariables(info) ? undefined : wantedAt(info, ...places) }
  items.set(operation, known)
  return known.wanted
}

const mentioned = new WeakMap<readonly FieldNode[], Map<string, boolean>>()

/** Looks for a field at any depth below these nodes, whatever the variables say. */
function findsBelow(nodes: readonly FieldNode[], { fragments }: GraphQLResolveInfo, name: string): boolean {
  const seen = new Set<string>()
  let isFound = false
  const find = (set: SelectionSetNode): void => {
    visit(set, {
      Field: (node) => {
        isFound ||= node.name.value === name
      },
      FragmentSpread: ({ name: { value } }) => {
        const fragment = fragments[value]
        if (!fragment || seen.has(value)) return
        seen.add(value)
        find(fragment.selectionSet)
      },
    })
  }
  for (const set of selectionsOf(nodes)) find(set)
  return isFound
}

/** Whether a field is selected anywhere below the field that is resolved, also where variables may leave it out. */
export function mentions(info: GraphQLResolveInfo, name: string): boolean {
  const known = mentioned.get(info.fieldNodes) ?? new Map<string, boolean>()
  mentioned.set(info.fieldNodes, known)
  const isMentioned = known.get(name) ?? findsBelow(info.fieldNodes, info, name)
  known.set(name, isMentioned)
  return isMentioned
}
