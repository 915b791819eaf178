import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isInputObjectType,
  isLeafType,
  isListType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
} from 'graphql'

type Field = GraphQLField<unknown, unknown>

/** A field that takes arguments or stands at the top, and how one gets there. */
export interface Call {
  readonly operation: 'query' | 'mutation' | 'subscription'
  /** From the root to the field. */
  readonly fields: readonly Field[]
  /** As people write it: `Query.ticket.messages`. */
  readonly name: string
}

/** A place for a value of a call: an argument, or a field of an input object in one. */
export interface Slot {
  /** As the GraphQL specification writes it: `Mutation.notify(input:)`, `NotifyInput.userIds`. */
  readonly coordinate: string
  /** The variable, and the names of fields within it. */
  readonly path: readonly string[]
  readonly type: GraphQLInputType
}

/** How to fill a call. */
export interface Filling {
  /** What to give for a slot that is a single value or a list of such; undefined leaves it out. */
  readonly give: (slot: Slot) => unknown
  /** What is not given only because everything is. */
  readonly isRare: (coordinate: string) => boolean
}

const ROOTS = ['query', 'mutation', 'subscription'] as const

function rootOf(schema: GraphQLSchema, operation: Call['operation']): GraphQLObjectType | null | undefined {
  if (operation === 'query') return schema.getQueryType()
  return operation === 'mutation' ? schema.getMutationType() : schema.getSubscriptionType()
}

function innerFields(type: GraphQLNamedType): readonly Field[] {
  return isObjectType(type) ? Object.values(type.getFields()) : []
}

/** Fields with arguments below one that can be called, each type once. */
function callsWithin(call: Call, seen: Set<GraphQLNamedType>): Call[] {
  const type = getNamedType(call.fields.at(-1)!.type)
  if (seen.has(type)) return []
  seen.add(type)
  return innerFields(type).flatMap((field) => {
    const inner = { ...call, fields: [...call.fields, field], name: `${call.name}.${field.name}` }
    return [...(field.args.length > 0 ? [inner] : []), ...callsWithin(inner, seen)]
  })
}

/** Everything that can be called: each root field, and each field with arguments by one way to it. */
export function callsOf(schema: GraphQLSchema): readonly Call[] {
  const seen = new Set<GraphQLNamedType>()
  return ROOTS.flatMap((operation) => {
    const root = rootOf(schema, operation)
    return Object.values(root?.getFields() ?? {}).flatMap((field) => {
      const call = { operation, fields: [field], name: `${root?.name}.${field.name}` }
      return [call, ...callsWithin(call, seen)]
    })
  })
}

function variableOf(depth: number, { name }: GraphQLArgument): string {
  return `${name}${depth}`
}

function argumentSlots({ fields, name }: Call): (Slot & { readonly argument: GraphQLArgument })[] {
  return fields.flatMap((field, depth) => {
    const owner = depth === 0 ? name.split('.')[0] : getNamedType(fields[depth - 1]!.type).name
    return field.args.map((argument) => ({
      argument,
      coordinate: `${owner}.${field.name}(${argument.name}:)`,
      path: [variableOf(depth, argument)],
      type: argument.type,
    }))
  })
}

function inputSlots(slot: Slot): readonly (Slot & { readonly field: GraphQLInputField })[] {
  const type = getNamedType(slot.type)
  if (!isInputObjectType(type)) return []
  return Object.values(type.getFields()).map((field) => ({
    field,
    coordinate: `${type.name}.${field.name}`,
    path: [...slot.path, field.name],
    type: field.type,
  }))
}

function leavesOf(slot: Slot): readonly Slot[] {
  return isInputObjectType(getNamedType(slot.type)) ? inputSlots(slot).flatMap(leavesOf) : [slot]
}

/** Every place for a single value in a call, those in input objects included. */
export function slotsOf(call: Call): readonly Slot[] {
  return argumentSlots(call).flatMap(leavesOf)
}

function inList(type: GraphQLInputType, value: unknown): unknown {
  return isListType(getNullableType(type)) && !Array.isArray(value) ? [value] : value
}

function isWithin(slot: Slot, path: readonly string[]): boolean {
  return slot.path.every((step, n) => step === path[n])
}

/** How much of a call is given besides one slot: only what is required, or everything. */
export type Amount = 'least' | 'full'

/** Which part of a call is given: that much, and in any case the way to one slot. */
interface Part {
  readonly amount: Amount
  readonly target: readonly string[]
}

function isGiven(slot: Slot, isRequired: boolean, { amount, target }: Part, { isRare }: Filling): boolean {
  return isRequired || isWithin(slot, target) || (amount === 'full' && !isRare(slot.coordinate))
}

function inputValueOf(slot: Slot, filling: Filling, part: Part): unknown {
  if (!isInputObjectType(getNamedType(slot.type))) return inList(slot.type, filling.give(slot))
  const entries = inputSlots(slot).flatMap((inner) => {
    const value = isGiven(inner, isRequiredInputField(inner.field), part, filling)
      ? inputValueOf(inner, filling, part)
      : undefined
    return value === undefined ? [] : [[inner.path.at(-1)!, value] as const]
  })
  // An object that nobody fills is left out, unless it has to be there.
  return entries.length === 0 ? undefined : inList(slot.type, Object.fromEntries(entries))
}

/** The variables of a call: those of `amount`, and in any case the way to the slot `target`. */
export function variablesFor(
  call: Call,
  filling: Filling,
  amount: Amount,
  target: readonly string[] = [],
): Readonly<Record<string, unknown>> {
  const part = { amount, target }
  const entries = argumentSlots(call).flatMap((slot) => {
    const value = isGiven(slot, isRequiredArgument(slot.argument), part, filling)
      ? inputValueOf(slot, filling, part)
      : undefined
    return value === undefined ? [] : [[slot.path[0]!, value] as const]
  })
  return Object.fromEntries(entries)
}

/** All that can be asked of a type without arguments, three levels deep. */
function selectionOf(schema: GraphQLSchema, type: GraphQLNamedType, levels = 3): string {
  if (isLeafType(type)) return ''
  if (isAbstractType(type)) {
    const parts = schema.getPossibleTypes(type).map((one) => `... on ${one.name} ${selectionOf(schema, one, levels)}`)
    return `{ __typename ${parts.join(' ')} }`
  }
  const fields = innerFields(type).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (field.args.length > 0 || (levels === 1 && !isLeafType(inner))) return []
    return [`${field.name} ${selectionOf(schema, inner, levels - 1)}`]
  })
  return `{ __typename ${fields.join(' ')} }`
}

/** The document of a call, with a variable for each argument. */
export function documentOf(schema: GraphQLSchema, call: Call): string {
  const variables = argumentSlots(call).map(({ path, type }) => `$${path[0]}: ${type}`)
  const fields = call.fields.map(({ name, args }, depth) => {
    const given = args.map((argument) => `${argument.name}: $${variableOf(depth, argument)}`)
    return given.length > 0 ? `${name}(${given.join(', ')})` : name
  })
  const selection = selectionOf(schema, getNamedType(call.fields.at(-1)!.type))
  const body = fields.reduceRight((inner, field) => `{ ${field} ${inner} }`, selection)
  return `${call.operation}${variables.length > 0 ? ` (${variables.join(', ')})` : ''} ${body}`
}
