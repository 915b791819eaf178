import fc, { type GeneratorValue } from 'fast-check'
import {
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isLeafType,
  isObjectType,
  type OperationTypeNode,
} from 'graphql'

/** An operation as clients send it. */
export interface RandomDocument {
  readonly query: string
  readonly variables: Readonly<Record<string, unknown>>
}

export interface RandomDocumentOptions {
  readonly schema: GraphQLSchema
  /** A subscription, unless told otherwise. */
  readonly operation?: 'query' | 'subscription'
  /** The field with its arguments. */
  readonly call: string
  /** What is asked for besides, such as what tells results apart. */
  readonly always?: string
  readonly variables?: Readonly<Record<string, { readonly type: string; readonly value: unknown }>>
}

const MAX_DEPTH = 5
/** Keys that mean something to JavaScript. */
const ODD_KEYS = ['__proto__', 'constructor', 'toJSON', 'hasOwnProperty']

interface Draw {
  below(count: number): number
  pick<Item>(items: readonly Item[]): Item
}

function createDraw(g: GeneratorValue): Draw {
  const below = (count: number): number => g(fc.nat, { max: count - 1 })
  return { below, pick: (items) => items[below(items.length)]! }
}

/** Draws `@skip` and `@include`, and remembers the variables in them: their values, and whether these are given or defaults. */
function createConditions({ below, pick }: Draw) {
  const variables = new Map<string, { readonly value: boolean; readonly isGiven: boolean }>()
  const condition = (): string => {
    const name = `if${below(4)}`
    if (below(2) === 0) return pick(['true', 'false'])
    if (!variables.has(name)) variables.set(name, { value: below(2) === 0, isGiven: below(3) > 0 })
    return `$${name}`
  }
  const none = (): string => ''
  return {
    variables,
    directives: (): string =>
      pick([
        none,
        none,
        none,
        () => ` @include(if: ${condition()})`,
        () => ` @skip(if: ${condition()})`,
        () => ` @skip(if: ${condition()}) @include(if: ${condition()})`,
      ])(),
  }
}

/** Draws selections of any type; the fragments that they spread gather in `fragments`. */
function createSelections(schema: GraphQLSchema, { below, pick }: Draw, directives: () => string) {
  const fragments: string[] = []

  /** Says the field in the alias, so that one key never means two fields. */
  const alias = (name: string): string => pick(['', '', `a_${name}: `, name === 'id' ? `${pick(ODD_KEYS)}: ` : ''])

  const field = ({ name, type }: GraphQLField<unknown, unknown>, depth: number): string =>
    `${alias(name)}${name}${directives()} ${selection(getNamedType(type), depth + 1)}`

  const ofObject = (owner: GraphQLObjectType, depth: number): string => {
    const fields = Object.values(owner.getFields()).filter(
      ({ type }) => depth < MAX_DEPTH || isLeafType(getNamedType(type)),
    )
    const typename = (): string => `${pick(['', 't: '])}__typename${directives()}`
    const oneField = (): string => (fields.length === 0 ? typename() : field(pick(fields), depth))
    return pick([oneField, oneField, oneField, typename, () => inline(owner, depth), () => spread(owner, depth)])()
  }

  const inline = (type: GraphQLNamedType, depth: number): string =>
    `...${pick(['', ` on ${type.name}`])}${directives()} ${selection(type, depth + 1)}`

  const spread = (type: GraphQLNamedType, depth: number): string => {
    const inner = selection(type, depth + 1)
    const name = `F${fragments.length}`
    fragments.push(`fragment ${name} on ${type.name} ${inner}`)
    return `...${name}${directives()}${pick(['', ` ...${name}`])}`
  }

  const ofUnion = (type: GraphQLAbstractType, depth: number): string => {
    if (below(5) === 0) return '__typename'
    const possible = pick(schema.getPossibleTypes(type))
    return `... on ${possible.name}${directives()} ${selection(possible, depth + 1)}`
  }

  const selection = (type: GraphQLNamedType, depth = 0): string => {
    if (!isObjectType(type) && !isAbstractType(type)) return ''
    if (depth > MAX_DEPTH + 1) return '{ __typename }'
    const members = Array.from({ length: 1 + below(4) }, () =>
      isObjectType(type) ? ofObject(type, depth) : ofUnion(type, depth),
    )
    return `{ ${members.join(' ')} }`
  }

  return { fragments, selection }
}

/**
 * Makes random valid operations: aliases, fragments with and without names, conditions by constants and variables, unions, and
 * the same field asked for several times with different selections, which are to be merged.
 */
export function randomDocument(
  g: GeneratorValue,
  { schema, operation: type = 'subscription', call, always, variables = {} }: RandomDocumentOptions,
): RandomDocument {
  const owner = schema.getRootType(type as OperationTypeNode)
  const root = owner?.getFields()[call.split('(')[0] ?? '']
  if (!owner || !root) throw new Error(`No ${type} ${call}`)
  const draw = createDraw(g)
  const { directives, variables: conditions } = createConditions(draw)
  const { selection, fragments } = createSelections(schema, draw, directives)
  const selections = Array.from({ length: 1 + draw.below(2) }, () => selection(getNamedType(root.type)))
  if (always) selections.push(`{ ${always} }`)
  const key = draw.pick(['', 'all: '])
  const body = selections.map((each) => `${key}${call} ${each}`).join(' ')
  const operation = draw.pick([body, `... on ${owner.name} { ${body} }`])

  const declared = [
    ...Object.entries(variables).map(([name, { type }]) => `$${name}: ${type}`),
    ...[...conditions].map(([name, { value, isGiven }]) => `$${name}: Boolean!${isGiven ? '' : ` = ${value}`}`),
  ]
  const given = [...Object.entries(variables), ...[...conditions].filter(([, { isGiven }]) => isGiven)]
  const head = `${type} Random${declared.length > 0 ? `(${declared.join(', ')})` : ''}`
  return {
    query: `${head} { ${operation} } ${fragments.join(' ')}`,
    variables: Object.fromEntries(given.map(([name, { value }]) => [name, value])),
  }
}
