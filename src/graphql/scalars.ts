import { GraphQLError, GraphQLScalarType, Kind } from 'graphql'
import type { JsonObject } from '../lib/json.ts'

const invalid = (message: string): GraphQLError => new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } })

/** A time as RFC 3339 (section 5.6) writes it. Without an offset it would mean another moment on every machine. */
export const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/

const parseDateTime = (value: unknown): number => {
  const time = typeof value === 'string' && RFC_3339.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(time)) throw invalid('A DateTime must be RFC 3339 with an offset, such as 2026-03-14T09:26:53.589Z.')
  return time
}

let second = Number.NaN
let textOfSecond = ''

/** As `toISOString`, with the text of the last second at hand: what happens at about the same time is told at about the same time. */
const serializeDateTime = (value: unknown): string => {
  const time = value as number
  const own = Math.floor(time / 1_000)
  if (own !== second) {
    textOfSecond = new Date(own * 1_000).toISOString().slice(0, -'000Z'.length)
    second = own
  }
  return `${textOfSecond}${String(time - own * 1_000).padStart(3, '0')}Z`
}

const parseObject = (value: unknown): JsonObject => {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw invalid('JSON must be an object.')
  return value as JsonObject
}

const parseCursor = (value: unknown): string => {
  if (typeof value !== 'string' || value.length > 512) throw invalid('This is not a cursor.')
  return value
}

/** Milliseconds since 1970 inside, RFC 3339 outside. */
const DateTime = new GraphQLScalarType<number, string>({
  name: 'DateTime',
  serialize: serializeDateTime,
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
})

/** An object in variables and, as an object value, in the document itself. */
const JSON_SCALAR = new GraphQLScalarType<JsonObject, JsonObject>({
  name: 'JSON',
  serialize: (value) => value as JsonObject,
  parseValue: parseObject,
})

const Cursor = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  serialize: (value) => value as string,
  parseValue: parseCursor,
  parseLiteral: (node) => parseCursor(node.kind === Kind.STRING ? node.value : undefined),
})

/** How the scalars of `schema/base.graphql` are read and written. */
export const scalars = { DateTime, JSON: JSON_SCALAR, Cursor }
