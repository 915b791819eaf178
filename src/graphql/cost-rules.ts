import {
  type GraphQLArgument,
  type GraphQLDirective,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLOutputType,
  type GraphQLSchema,
  getDirectiveValues,
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
} from 'graphql'

/** The way to an argument, or to a field of one that is an object: `['input', 'userIds']`. */
export type ArgumentPath = readonly string[]

/** What a field costs, by `@cost` and `@listSize` in the schema. */
export interface CostRule {
  /** The cost of one value of the field: of each entry, when it is a list. */
  readonly weight: number
  readonly isList: boolean
  /** How many entries a list has, when no argument says how many. */
  readonly assumedSize: number
  /** The arguments that say how many entries there are at most: by a number, or by a list with one item for each entry. */
  readonly slicing: readonly ArgumentPath[]
  /** The fields of the value that have these entries, such as `nodes` and `edges` of a connection. Empty: the field itself has them. */
  readonly sizedFields: ReadonlySet<string>
  /** The costs of arguments: of each item of a list, and of any other value once. */
  readonly argumentWeights: readonly { readonly path: ArgumentPath; readonly weight: number }[]
}

/** Finds the cost rule of a field. */
export type CostRules = (field: GraphQLField<unknown, unknown>) => CostRule

/** What is assumed of lists whose size no directive says. */
export interface CostDefaults {
  readonly listSize: number
}

type Described = Parameters<typeof getDirectiveValues>[1]

function isListLike(type: GraphQLOutputType): boolean {
  return isListType(getNullableType(type))
}

function createReader(schema: GraphQLSchema) {
  const cost = schema.getDirective('cost')
  const listSize = schema.getDirective('listSize')
  const valuesOf = (directive: GraphQLDirective | null | undefined, node: Described | null | undefined) =>
    directive && node ? getDirectiveValues(directive, node) : undefined
  return {
    weightOf: (node: Described | null | undefined): number | undefined => {
      const weight = valuesOf(cost, node)?.['weight']
      return weight === undefined ? undefined : Number(weight)
    },
    listSizeOf: (node: Described | null | undefined) =>
      (valuesOf(listSize, node) ?? {}) as {
        readonly assumedSize?: number
        readonly slicingArguments?: readonly string[]
        readonly sizedFields?: readonly string[]
      },
  }
}

type Reader = ReturnType<typeof createReader>

function weighArgument(
  { name, type, astNode }: GraphQLArgument | GraphQLInputField,
  before: ArgumentPath,
  reader: Reader,
): CostRule['argumentWeights'] {
  const path = [...before, name]
  const weight = reader.weightOf(astNode)
  const inner = getNullableType(type)
  // Bounds an input that contains itself; no input of the schema is deeper.
  const fields = isInputObjectType(inner) && path.length < 3 ? Object.values(inner.getFields()) : []
  return [
    ...(weight === undefined ? [] : [{ path, weight }]),
    ...fields.flatMap((field) => weighArgument(field, path, reader)),
  ]
}

function ruleOf(field: GraphQLField<unknown, unknown>, reader: Reader, defaults: CostDefaults): CostRule {
  const type = getNamedType(field.type)
  const { assumedSize, slicingArguments = [], sizedFields = [] } = reader.listSizeOf(field.astNode)
  return {
    weight: reader.weightOf(field.astNode) ?? reader.weightOf(type.astNode) ?? (isCompositeType(type) ? 1 : 0),
    isList: isListLike(field.type),
    assumedSize: assumedSize ?? defaults.listSize,
    slicing: slicingArguments.map((path) => path.split('.')),
    sizedFields: new Set(sizedFields),
    argumentWeights: field.args.flatMap((arg) => weighArgument(arg, [], reader)),
  }
}

function ratio(count: number, of: number): number {
  return count / Math.max(1, of)
}

/** How long the lists of introspection are on average. So a query for the whole schema costs about what the schema has. */
function introspectionSizes(schema: GraphQLSchema): Readonly<Record<string, number>> {
  const types = Object.values(schema.getTypeMap())
  const fields = types.flatMap((type) => (isObjectType(type) ? Object.values(type.getFields()) : []))
  const inputs = types.flatMap((type) => (isInputObjectType(type) ? Object.values(type.getFields()) : []))
  const directives = schema.getDirectives()
  return {
    types: types.length,
    directives: directives.length,
    fields: ratio(fields.length, types.length),
    inputFields: ratio(inputs.length, types.length),
    args: ratio(fields.flatMap(({ args }) => args).length, fields.length),
  }
}

/** The cost of an object of introspection. It is in memory, so it costs less than a row. */
const INTROSPECTION_WEIGHT = 0.1

/**
 * Returns the cost rules of a schema, by `@cost` and `@listSize`. Each field is read once, when it is first asked for. Fields of
 * introspection have rules without directives.
 */
export function readCostRules(schema: GraphQLSchema, defaults: CostDefaults): CostRules {
  const reader = createReader(schema)
  const sizes = introspectionSizes(schema)
  const rules = new Map<GraphQLField<unknown, unknown>, CostRule>()

  const introspectionRule = ({ name, type }: GraphQLField<unknown, unknown>): CostRule => ({
    weight: isCompositeType(getNamedType(type)) ? INTROSPECTION_WEIGHT : 0,
    isList: isListLike(type),
    assumedSize: sizes[name] ?? 1,
    slicing: [],
    sizedFields: new Set(),
    argumentWeights: [],
  })

  return (field) => {
    const known = rules.get(field)
    if (known) return known
    const isIntrospection = isIntrospectionType(getNamedType(field.type))
    const rule = isIntrospection ? introspectionRule(field) : ruleOf(field, reader, defaults)
    rules.set(field, rule)
    return rule
  }
}
