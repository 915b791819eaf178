import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import type { JsonObject } from '../lib/json.ts'
import { parseTime, writeTime } from '../lib/time.ts'

function invalid(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })
}

function parseDateTime(value: unknown): number {
  const time = typeof value === 'string' ? parseTime(value) : undefined
  if (time === undefined) {
    throw invalid(
      'A DateTime must be RFC 3339 and a moment that exists, with an offset and at most milliseconds, such as 2026-03-14T09:26:53.589Z.',
    )
  }
  return time
}

function parseObject(value: unknown): JsonObject {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid('JSON must be an object.')
  return value as JsonObject
}

function parseCursor(value: unknown): string {
  if (typeof value !== 'string' || value.length > 512) throw invalid('This is not a cursor.')
  return value
}

/** The scalar `DateTime`: milliseconds since 1970 in the code, RFC 3339 for clients. */
const DateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  serialize: (value) => writeTime(value as number),
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
})

/** The scalar `JSON`: an object, in variables or as an object value in the document itself. */
const JSON_SCALAR = new GraphQLScalarType<JsonObject, JsonObject>({
  name: 'JSON',
  serialize: (value) => value as JsonObject,
  parseValue: parseObject,
})

/** The scalar `Cursor`: a text that clients do not look into, of at most 512 characters. */
const Cursor = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  serialize: (value) => value as string,
  parseValue: parseCursor,
  parseLiteral: (node) => parseCursor(node.kind === Kind.STRING ? node.value : undefined),
})

/** The scalars of `schema/base.graphql`, with how each is read and written. */
export const scalars = { DateTime, JSON: JSON_SCALAR, Cursor }
