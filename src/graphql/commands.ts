import {
  type DocumentNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  parse,
  print,
} from 'graphql'
import { badInput } from '../lib/errors.ts'
import type { JsonObject } from '../lib/json.ts'
import { accessOf } from './access.ts'

/** One field of the data of a command. */
export type CommandField = GraphQLArgument | GraphQLInputField

/** A mutation that a backend can also send as a message through Redis. Every mutation that is for backends only is a command. */
export interface Command {
  /** The name of the mutation. */
  readonly name: string
  readonly description: string
  /** The fields of its data: those of `input` where that is the only argument of the mutation, otherwise the arguments. */
  readonly fields: readonly CommandField[]
  /** The name of the input type of the data; undefined where the data are the arguments. */
  readonly inputName: string | undefined
  /** Whether the data has an `idempotencyKey`, which is stored with what the command does. */
  readonly isKeyed: boolean
  /** The document that executes the mutation, with a variable for each argument. */
  readonly document: DocumentNode
  /** The variables of `document` for this data. Throws BAD_USER_INPUT for an argument that the mutation does not have. */
  variablesOf(data: JsonObject): Readonly<Record<string, unknown>>
  /**
   * The ids in the data, and `*` for what is for everyone. Two commands that have one of them in common must not overtake each other. Takes
   * any data, also data that does not fit the command.
   */
  namesIn(data: JsonObject): ReadonlySet<string>
}

/** Whether a field must be given: it cannot be null, and has no default. */
export function isRequired({ type, defaultValue }: CommandField): boolean {
  return isNonNullType(type) && defaultValue === undefined
}

type Mutation = GraphQLField<unknown, unknown>

const EVERYONE = '*'

function soleInput({ args: [arg, ...others] }: Mutation) {
  const type = arg && getNullableType(arg.type)
  return arg?.name === 'input' && others.length === 0 && isInputObjectType(type) ? type : undefined
}

function documentOf({ name, args, type }: Mutation): DocumentNode {
  const variables = args.map(({ name, type, astNode }) => {
    const fallback = astNode?.defaultValue
    return `$${name}: ${type}${fallback ? ` = ${print(fallback)}` : ''}`
  })
  const values = args.map(({ name }) => `${name}: $${name}`)
  const selection = isLeafType(getNamedType(type)) ? '' : '{ __typename }'
  return parse(`mutation ${name}(${variables.join(', ')}) { ${name}(${values.join(', ')}) ${selection} }`)
}

function collectIds(type: GraphQLInputType, value: unknown, ids: Set<string>): void {
  const inner = getNullableType(type)
  if (isListType(inner)) {
    for (const item of Array.isArray(value) ? value : [value]) collectIds(inner.ofType, item, ids)
  } else if (isInputObjectType(inner)) {
    collectFields(Object.values(inner.getFields()), value, ids)
  } else if (inner.name === 'ID' && (typeof value === 'string' || typeof value === 'number')) {
    ids.add(`${value}`)
  }
}

function collectFields(fields: readonly CommandField[], value: unknown, ids: Set<string>): void {
  if (typeof value !== 'object' || value === null) return
  for (const { name, type } of fields) collectIds(type, (value as JsonObject)[name], ids)
}

function isId({ type }: CommandField): boolean {
  return getNamedType(type).name === 'ID'
}

function toCommand(mutation: Mutation): Command {
  const { name, args } = mutation
  const input = soleInput(mutation)
  const fields: readonly CommandField[] = input ? Object.values(input.getFields()) : args
  const known = new Set(args.map((arg) => arg.name))
  // No id is required, so the command can be for everyone.
  const isForEveryone = !fields.some((field) => isId(field) && isRequired(field))
  return {
    name,
    description: mutation.description ?? '',
    fields,
    inputName: input?.name,
    isKeyed: fields.some((field) => field.name === 'idempotencyKey'),
    document: documentOf(mutation),
    variablesOf: (data) => {
      if (input) return { input: data }
      // GraphQL ignores variables that a document does not declare, so data under a misspelt name would be lost.
      const unknown = Object.keys(data).find((key) => !known.has(key))
      if (unknown !== undefined) throw badInput(`Unknown argument "${unknown}" on field "Mutation.${name}".`)
      return data
    },
    namesIn: (data) => {
      const names = new Set(isForEveryone ? [EVERYONE] : [])
      collectFields(fields, data, names)
      return names
    },
  }
}

/** The commands of a schema by their names: every mutation with `@auth(requires: BACKEND)`. */
export function readCommands(schema: GraphQLSchema): ReadonlyMap<string, Command> {
  return new Map(
    Object.values(schema.getMutationType()?.getFields() ?? {})
      .filter((mutation) => accessOf(schema, mutation) === 'BACKEND')
      .map((mutation) => [mutation.name, toCommand(mutation)] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )
}
