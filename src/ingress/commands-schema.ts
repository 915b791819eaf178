import {
  type GraphQLEnumType,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { z } from 'zod'
import { type CommandField, isRequired, readCommands } from '../graphql/commands.ts'
import type { JsonObject } from '../lib/json.ts'
import { RFC_3339 } from '../lib/time.ts'
import { ATTRIBUTES } from './envelope.ts'
import { fieldsTogether, textSchema } from './value-schemas.ts'

/** The bounds of integers that JavaScript holds exactly, for JSON Schema. */
const EXACT: JsonObject = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER }

const VALUE = { $ref: '#/$defs/Value' }

/** The JSON Schema of any JSON whose numbers arrive as they were sent. */
const VALUE_DEFINITION: JsonObject = {
  description: 'Any JSON. Integers beyond 2^53 - 1 must be sent as strings.',
  anyOf: [
    { type: ['string', 'boolean', 'null'] },
    { type: 'number', ...EXACT },
    { type: 'array', items: VALUE },
    { type: 'object', additionalProperties: VALUE },
  ],
}

/** By scalar of the GraphQL schema: the JSON Schema of the values that its coercion accepts. */
const SCALARS: Readonly<Record<string, JsonObject>> = {
  ID: { type: ['string', 'integer'], ...EXACT },
  String: { type: 'string' },
  Boolean: { type: 'boolean' },
  Int: { type: 'integer', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  Float: { type: 'number' },
  DateTime: { type: 'string', pattern: RFC_3339.source },
  JSON: { type: 'object', additionalProperties: VALUE },
}

function isText(scalar: string): boolean {
  return scalar === 'ID' || scalar === 'String'
}

function reference(name: string): JsonObject {
  return { $ref: `#/$defs/${name}` }
}

function scalarSchema(name: string): JsonObject {
  const schema = SCALARS[name]
  if (!schema) throw new Error(`What ${name} looks like in JSON is not known here`)
  return schema
}

function orNull(schema: JsonObject): JsonObject {
  const { type, anyOf } = schema
  if (type !== undefined) return { ...schema, type: [type, 'null'].flat() }
  return { anyOf: [...(Array.isArray(anyOf) ? anyOf : [schema]), { type: 'null' }] }
}

function described(schema: JsonObject, description: string | null | undefined): JsonObject {
  return description ? { description, ...schema } : schema
}

/** Makes the JSON Schemas of GraphQL types. It collects those of named types as definitions, to which others refer by `$ref`. */
function createDescriber() {
  const definitions = new Map<string, JsonObject>()

  const enumSchema = (type: GraphQLEnumType): JsonObject =>
    described({ enum: type.getValues().map(({ name }) => name) }, type.description)

  const define = (name: string, make: () => JsonObject): JsonObject => {
    if (!definitions.has(name)) {
      // An empty definition is set first, because types may refer to each other.
      definitions.set(name, {})
      definitions.set(name, make())
    }
    return reference(name)
  }

  const typeSchema = (type: GraphQLInputType, place: string): JsonObject =>
    isNonNullType(type) ? valueSchema(type, place) : orNull(valueSchema(type, place))

  const listSchema = (item: GraphQLInputType, place: string): JsonObject => {
    // Lists of texts name the users or things that a command is about, and those of enums what counts: they must not be empty.
    const named = getNamedType(item)
    const least = isText(named.name) || isEnumType(named) ? { minItems: 1 } : {}
    // GraphQL takes a single value for a list of one.
    return { anyOf: [{ type: 'array', items: typeSchema(item, place), ...least }, valueSchema(item, place)] }
  }

  const valueSchema = (type: GraphQLInputType, place: string): JsonObject => {
    const inner = getNullableType(type)
    if (isListType(inner)) return listSchema(inner.ofType, place)
    if (isEnumType(inner)) return define(inner.name, () => enumSchema(inner))
    if (!isInputObjectType(inner)) {
      return isText(inner.name) ? { ...scalarSchema(inner.name), ...textSchema(place) } : scalarSchema(inner.name)
    }
    const fields = Object.values(inner.getFields())
    return define(inner.name, () => described(fieldsSchema(fields, inner.name), inner.description))
  }

  /** The schema of an object with these fields. `owner` is the input or the mutation to which they belong. */
  const fieldsSchema = (fields: readonly CommandField[], owner: string): JsonObject => ({
    type: 'object',
    properties: Object.fromEntries(
      fields.map(({ name, type, description }) => [name, described(typeSchema(type, `${owner}.${name}`), description)]),
    ),
    required: fields.filter(isRequired).map(({ name }) => name),
    additionalProperties: false,
    ...fieldsTogether(owner),
  })

  return { define, fieldsSchema, definitions: (): JsonObject => Object.fromEntries(definitions) }
}

/**
 * The JSON Schema (2020-12) of the commands that backends send to Redis. It refuses the commands that Herald refuses, except for reasons
 * that a schema cannot express: an id that does not exist, a configured limit, an address that cannot be parsed.
 */
export function commandsSchema(schema: GraphQLSchema): JsonObject {
  const { define, fieldsSchema, definitions } = createDescriber()
  const { properties } = z.toJSONSchema(ATTRIBUTES) as { readonly properties: JsonObject }
  const commands = [...readCommands(schema).values()]
  const variants = commands.map(({ name, description, fields, inputName }) => ({
    title: name,
    description,
    properties: {
      type: { const: name },
      data: define(inputName ?? `${name}.data`, () => fieldsSchema(fields, inputName ?? name)),
    },
  }))
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Command',
    description:
      'What a backend sends to Redis, in the stream or on the channel of Herald, to have a mutation executed.',
    type: 'object',
    required: ['type', 'data'],
    properties: {
      type: { description: 'The name of the mutation.', enum: commands.map(({ name }) => name) },
      data: { description: 'Its input.', type: 'object' },
      ...properties,
    },
    additionalProperties: VALUE,
    oneOf: variants,
    $defs: { ...definitions(), Value: VALUE_DEFINITION },
  }
}
