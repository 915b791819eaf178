import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionSetNode,
  TypeMetaFieldDef,
  valueFromASTUntyped,
  visit,
} from 'graphql'
import { fieldsOf } from '../delivery/selection.ts'
import { type Amount, type DefaultOf, largest, product, sizeIn, sizeOr, sum, type Variables } from './cost-amount.ts'
import { type CostRule, type CostRules, readCostRules } from './cost-rules.ts'

/** A cost in words, for messages to clients. */
export function writeCost(cost: number): string {
  return Number.isFinite(cost) ? String(cost) : 'more than can be told'
}

/** Finds what an operation costs before it runs. */
export interface Costs {
  /**
   * About how many rows an operation reads or writes; large texts count as several. A whole number of at least 1, or Infinity when the
   * document is too large. A subscription costs its beginning and one event. `variables` are those that were sent.
   */
  of(document: DocumentNode, operation: OperationDefinitionNode, variables: Variables | null | undefined): number
  /** Compiles the cost of an operation before it is first asked for. Returns the cost if variables change nothing in it, else undefined. */
  compile(document: DocumentNode, operation: OperationDefinitionNode): number | undefined
}

export interface CostOptions {
  readonly schema: GraphQLSchema
  /** The most entries of a page. A request for more counts as this many, because its resolver refuses it. */
  readonly pageSize: number
}

/** How many fields of a document are visited at most, with those of each spread fragment. Honest documents have some hundreds. */
const MAX_VISITED = 10_000
/** How many combinations of the variables in @skip and @include are kept per operation; others are compiled each time. */
const MAX_WAYS = 16

const NONE: Variables = {}

const TOO_LARGE = new Error('This document is too large to tell what it costs.')

/** The fields of a connection that have its entries, and how many entries there are. */
interface Sized {
  readonly fields: ReadonlySet<string>
  readonly size: Amount
}

interface Compiling {
  readonly schema: GraphQLSchema
  readonly rules: CostRules
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Whether each variable in @skip and @include is true. */
  readonly variables: Readonly<Record<string, boolean>>
  readonly defaultOf: DefaultOf
  readonly pageSize: number
  visited: number
}

const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
}

function sizesOf({ slicing }: CostRule, args: Arguments, { pageSize, defaultOf }: Compiling) {
  return slicing.map((path) => sizeIn({ ...args(path), max: pageSize }, defaultOf))
}

type Arguments = (path: readonly string[]) => Omit<Parameters<typeof sizeIn>[0], 'max'>

/** Returns a function that finds an argument: its value in the document, and its default in the schema. */
function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode | undefined): Arguments {
  return ([name = '', ...path]) => ({
    given: node?.arguments?.find((argument) => argument.name.value === name)?.value,
    otherwise: field.args.find((arg) => arg.name === name)?.defaultValue,
    path,
  })
}

function compileField(
  field: GraphQLField<unknown, unknown>,
  nodes: readonly FieldNode[],
  sized: Sized | undefined,
  compiling: Compiling,
): Amount {
  const rule = compiling.rules(field)
  const args = argumentsOf(field, nodes[0])
  const size = sizeOr(sizesOf(rule, args, compiling), rule.assumedSize)
  const hasParts = rule.sizedFields.size > 0
  const selections = nodes.flatMap(({ selectionSet }) => selectionSet ?? [])
  const parts = compileType(field, selections, hasParts ? { fields: rule.sizedFields, size } : undefined, compiling)
  const one = sum(rule.weight, parts)
  const times = sized?.fields.has(field.name) ? sized.size : rule.isList && !hasParts ? size : 1
  const ofArguments = rule.argumentWeights.map(({ path, weight }) =>
    product(weight, sizeOr([sizeIn({ ...args(path), max: 1 }, compiling.defaultOf)], 0)),
  )
  return sum(product(times, one), ...ofArguments)
}

/** The cost of what is selected of a field. Of an abstract type, the dearest of its possible types counts. */
function compileType(
  { type }: GraphQLField<unknown, unknown>,
  selections: readonly SelectionSetNode[],
  sized: Sized | undefined,
  compiling: Compiling,
): Amount {
  const named = getNamedType(type)
  if (isObjectType(named)) return compileObject(named, selections, sized, compiling)
  if (!isAbstractType(named)) return 0
  const possible = compiling.schema.getPossibleTypes(named)
  return largest(...possible.map((one) => compileObject(one, selections, sized, compiling)))
}

function compileObject(
  type: GraphQLObjectType,
  selections: readonly SelectionSetNode[],
  sized: Sized | undefined,
  compiling: Compiling,
): Amount {
  const amounts: Amount[] = []
  const own: Amount[] = []
  for (const [, nodes] of fieldsOf(selections, type, compiling)) {
    compiling.visited += nodes.length
    if (compiling.visited > MAX_VISITED) throw TOO_LARGE
    const name = nodes[0]?.name.value ?? ''
    const field = type.getFields()[name] ?? META_FIELDS[name]
    if (!field) continue
    const into = sized?.fields.has(name) ? own : amounts
    into.push(compileField(field, nodes, sized, compiling))
  }
  // A page is read even if nothing is selected of its entries.
  return sized ? sum(largest(sized.size, sum(...own)), ...amounts) : sum(...amounts)
}

function rootOf(schema: GraphQLSchema, { operation }: OperationDefinitionNode): GraphQLObjectType | null | undefined {
  return schema.getRootType(operation)
}

function fragmentsOf({ definitions }: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    definitions.flatMap((one) => (one.kind === 'FragmentDefinition' ? [[one.name.value, one] as const] : [])),
  )
}

/** The variables in @skip and @include, which decide which fields are asked for. */
function conditionsOf(document: DocumentNode): readonly string[] {
  const names = new Set<string>()
  visit(document, {
    Directive: ({ name, arguments: given = [] }) => {
      if (name.value !== 'skip' && name.value !== 'include') return
      for (const { value } of given) if (value.kind === 'Variable') names.add(value.name.value)
    },
  })
  return [...names]
}

/** All combinations of true and false for these variables; none when there are more than `MAX_WAYS`. */
function truthsOf(names: readonly string[]): readonly Variables[] {
  if (2 ** names.length > MAX_WAYS) return []
  return names.reduce<readonly Variables[]>(
    (ways, name) => ways.flatMap((way) => [false, true].map((isTrue) => ({ ...way, [name]: isTrue }))),
    [NONE],
  )
}

function createDefaultOf({ variableDefinitions = [] }: OperationDefinitionNode): DefaultOf {
  const defaults = new Map(
    variableDefinitions.map(({ variable, defaultValue }) => [
      variable.name.value,
      defaultValue && valueFromASTUntyped(defaultValue),
    ]),
  )
  return (name) => defaults.get(name)
}

/** The compiled cost of an operation. */
interface Compiled {
  with(variables: Variables): number
  /** The cost if variables change nothing in it, else undefined. Compiles the combinations of conditions that are kept. */
  fixed(): number | undefined
}

function whole(amount: number): number {
  return Math.max(1, Math.ceil(amount))
}

function compile(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  options: CostOptions & { readonly rules: CostRules },
): Compiled {
  const { schema } = options
  const conditions = conditionsOf(document)
  const fragments = fragmentsOf(document)
  const defaultOf = createDefaultOf(operation)
  const ways = new Map<string, Amount>()

  const amountFor = (truths: Readonly<Record<string, boolean>>): Amount => {
    const type = rootOf(schema, operation)
    const compiling = { ...options, fragments, variables: truths, defaultOf, visited: 0 }
    try {
      return type ? compileObject(type, [operation.selectionSet], undefined, compiling) : 0
    } catch (error) {
      if (error === TOO_LARGE) return Number.POSITIVE_INFINITY
      throw error
    }
  }

  const amountWith = (variables: Variables): Amount => {
    const truths = conditions.map((name) => [name, (variables[name] ?? defaultOf(name)) === true] as const)
    const way = truths.map(([, isTrue]) => (isTrue ? '1' : '0')).join('')
    const amount = ways.get(way) ?? amountFor(Object.fromEntries(truths))
    if (ways.size < MAX_WAYS) ways.set(way, amount)
    return amount
  }

  return {
    with: (variables) => {
      const amount = amountWith(variables)
      return whole(typeof amount === 'number' ? amount : amount(variables))
    },
    fixed: () => {
      const amounts = truthsOf(conditions).map(amountWith)
      const [amount] = amounts
      return amounts.length === 1 && typeof amount === 'number' ? whole(amount) : undefined
    },
  }
}

/**
 * Returns the costs of a schema, by its `@cost` and `@listSize`. An operation is compiled once and kept as long as its document. Fields
 * that are asked for twice are merged, as in execution.
 */
export function createCosts(options: CostOptions): Costs {
  const rules = readCostRules(options.schema, { listSize: options.pageSize })
  const known = new WeakMap<OperationDefinitionNode, Compiled>()
  const compiledOf = (document: DocumentNode, operation: OperationDefinitionNode): Compiled => {
    const compiled = known.get(operation) ?? compile(document, operation, { ...options, rules })
    known.set(operation, compiled)
    return compiled
  }
  return {
    of: (document, operation, variables) => compiledOf(document, operation).with(variables ?? NONE),
    compile: (document, operation) => compiledOf(document, operation).fixed(),
  }
}
